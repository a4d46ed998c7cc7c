"""The layout of the code: who may import whom, and how long a file may grow."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cumulonimbus", "killswitches", "sessions_api")
MOST_LINES = 250


def test_imports_keep_to_the_contracts() -> None:
    """Those of ``pyproject.toml``, under ``tool.importlinter``."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_source_file_is_too_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.parent.name != "migrations"
    }
    assert "sessions_api/http/policy.py" in lengths
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}
