"""The command ``cumulonimbus``, outside the checkout."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

from cumulonimbus.__main__ import main
from tests.paths import ROOT


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, with nothing else in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "cumulonimbus", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_its_entry_point_exists() -> None:
    [(name, target)] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "scripts"
    ].items()
    module, _, function = target.partition(":")
    assert (name, getattr(import_module(module), function)) == ("cumulonimbus", main)


def test_it_keeps_its_files_in_the_working_directory(tmp_path: Path) -> None:
    done = command(tmp_path, "migrate", "-v0", DEBUG="true")
    assert done.returncode == 0, done.stderr
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} == {
        "var",
        "var/db.sqlite3",
        "var/secret-key.txt",
        "var/signing-key.pem",
    }


def test_it_prints_commands_as_it_was_called_itself(tmp_path: Path) -> None:
    command(tmp_path, "migrate", "-v0", DEBUG="true")
    opened = command(tmp_path, "incident", "open", "x", "--since", "2h", "--all", DEBUG="true")
    assert opened.stdout.endswith("Next: python -m cumulonimbus incident preview 1\n")
    command(tmp_path, "incident", "close", "1", DEBUG="true")
    refused = command(tmp_path, "incident", "note", "1", "x", DEBUG="true")
    assert "To reopen it: python -m cumulonimbus incident reopen 1\n" in refused.stderr


def test_a_setting_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    done = command(tmp_path, "migrate")
    assert done.returncode == 1
    assert done.stderr.startswith("ImproperlyConfigured: SECRET_KEY is not set. ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
