"""Redocly and Spectral find no violations of their recommended rules."""

from collections.abc import Callable

from tests.openapi.clients.paths import HERE


def test_redocly(run: Callable[..., str], files: list[str]) -> None:
    printed = run("redocly", "lint", "--config", "redocly-lint.yaml", *files)
    assert "valid" in printed


def test_spectral(run: Callable[..., str], files: list[str]) -> None:
    run("spectral", "lint", "--fail-severity=hint", *files)


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (HERE / "package-lock.json").read_text()
