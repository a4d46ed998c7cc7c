"""The layout of the code: who may import whom, and how long a file may grow."""

import re
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT

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


def test_what_contributors_are_told_is_there() -> None:
    """Each path of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    table = text[text.index("| change | files |") : text.index("## Commands")]
    paths = [path for path in re.findall(r"`([\w/.]+)`", table) if "/" in path and "()" not in path]
    assert len(paths) > 20
    for path in paths:
        places = (ROOT / path, ROOT / "sessions_api" / path)
        assert any(place.exists() for place in places), path


def test_codes_stand_where_they_are_looked_for() -> None:
    """Of errors in ``exceptions.py`` and each dialect's ``errors.py``, of the rest in shapes."""
    code = re.compile(r"""["']?\bcode["']?\s*[:=]\s*(constant\()?["'][A-Z][A-Z_]+["']""")
    homes = {"exceptions.py": "", "errors.py": "", "shapes.py": "constant("}
    found = {
        (path.name, match[1] or "")
        for path in (ROOT / "sessions_api").rglob("*.py")
        for match in code.finditer(path.read_text())
    }
    assert found == set(homes.items())
