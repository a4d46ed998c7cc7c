"""Metrics of the project: off unless it has a token."""

from pathlib import Path

from tests.cumulonimbus.processes import setting

MIDDLEWARE = "sessions_api.metrics.middleware.MetricsMiddleware"
TOKEN = "$0123456789abcdef-0123456789abcdef"
READ = "[s.MIDDLEWARE, s.SESSIONS_API['METRICS_TOKEN'], str(s.SESSIONS_API['METRICS_DIR'])]"


def test_without_a_token_nothing_is_installed(production: dict[str, str]) -> None:
    middleware, token, _ = setting(READ, **production)  # type: ignore[misc]
    assert MIDDLEWARE not in middleware
    assert token == ""


def test_with_a_token_requests_are_counted(production: dict[str, str]) -> None:
    middleware, token, folder = setting(READ, **production, METRICS_TOKEN=TOKEN)  # type: ignore[misc]
    # After health probes, and before everything that could answer.
    assert middleware.index(MIDDLEWARE) == 1
    assert token == TOKEN
    assert Path(folder) == Path(production["STATE_DIR"]) / "metrics"


def test_the_folder_can_be_elsewhere(production: dict[str, str]) -> None:
    given = {"METRICS_TOKEN": TOKEN, "METRICS_DIR": "/run/metrics"}
    assert setting(READ, **production, **given)[2] == "/run/metrics"  # type: ignore[index]
