"""The structure of the code: imports, the length of files, and other rules."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = ("cumulonimbus", "killswitches", "sessions_api")
MOST_LINES = 250
#: The number of ``Any``, which must only decrease.
MOST_ANYS = 123
#: The number of private members and patches in tests, which must only decrease too.
MOST_PRIVATE_LOOKS = 25
MOST_PATCHES = 147
#: Names with an underscore that Django or Python document.
DOCUMENTED = {"_meta", "_base_manager", "_default_manager", "_replace", "_asdict", "_fields"}


def test_imports_follow_the_contracts() -> None:
    """The contracts are in ``pyproject.toml``, under ``tool.importlinter``."""
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


def test_the_number_of_any_does_not_increase() -> None:
    trees = [
        ast.parse(path.read_text())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    ]
    names = [node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assert names.count("Any") <= MOST_ANYS


def test_private_members_and_patches_in_tests_do_not_increase() -> None:
    nodes = [
        node
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
    ]
    looks = [node for node in nodes if isinstance(node, ast.Attribute) and _is_private(node)]
    assert len(looks) <= MOST_PRIVATE_LOOKS
    patch = re.compile(r"\.setattr$|^(mock\.)?patch(\.object)?$")
    called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    assert len([name for name in called if patch.search(name)]) <= MOST_PATCHES


def _is_private(name: ast.Attribute) -> bool:
    """Return whether it is a private attribute of another object."""
    own = isinstance(name.value, ast.Name) and name.value.id in {"self", "cls"}
    is_private = name.attr.startswith("_") and not name.attr.startswith("__")
    return is_private and not own and name.attr not in DOCUMENTED


def test_paths_in_contributing_exist() -> None:
    """Every path in the table of CONTRIBUTING.md exists."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    table = text[text.index("| change | files |") : text.index("## Commands")]
    paths = [path for path in re.findall(r"`([\w/.]+)`", table) if "/" in path and "()" not in path]
    assert len(paths) > 20
    for path in paths:
        places = (ROOT / path, ROOT / "sessions_api" / path)
        assert any(place.exists() for place in places), path


def test_codes_are_defined_in_the_expected_files() -> None:
    """Error codes in ``exceptions.py`` and each dialect's ``errors.py``, other codes in shapes."""
    code = re.compile(r"""["']?\bcode["']?\s*[:=]\s*(constant\()?["'][A-Z][A-Z_]+["']""")
    homes = {"exceptions.py": "", "errors.py": "", "shapes.py": "constant("}
    found = {
        (path.name, match[1] or "")
        for path in (ROOT / "sessions_api").rglob("*.py")
        for match in code.finditer(path.read_text())
    }
    assert found == set(homes.items())


def test_the_current_time_is_read_only_through_replaceable_functions() -> None:
    """``frozen_clock()`` replaces ``timezone.now()`` and the functions of the module ``time``."""
    others = re.compile(
        r"\b(?:datetime|date)\.(?:now|utcnow|today)\(|\btime\.(?:gm|local)time\("
        r"|^import datetime\b|from time import|utils\.timezone import",
        re.MULTILINE,
    )
    assert {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.parent.name != "migrations"
        for match in others.finditer(path.read_text())
    } == set()


def test_tests_do_not_import_each_other() -> None:
    """Shared helpers are in modules that are not tests, or in fixtures."""
    taken = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "tests").rglob("*.py")
        for name in _imported(ast.parse(path.read_text()))
        if re.search(r"(^|\.)(conftest|test_\w+)(\.|$)", name)
    }
    assert taken == set()


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the full names of imported modules, and of names that are imported from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_folders_of_tests_mirror_those_of_the_code(package: str) -> None:
    rooms = {path.parent.relative_to(ROOT / "tests") for path in _tests_of(package)}
    assert len(rooms) > 2
    assert {str(room) for room in rooms if not (ROOT / room).is_dir()} == set()


def _tests_of(package: str) -> Iterator[Path]:
    return (ROOT / "tests" / package).rglob("test_*.py")


def test_only_one_module_deletes_sessions_and_none_that_authenticates_reads_ended_ones() -> None:
    """Others would forget to keep what staff ask about, or to signal and audit the end."""
    sources = {
        str(path.relative_to(ROOT)): path.read_text()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.parent.name != "migrations"
    }
    deleting = re.compile(r"\bdelete_returning\(|UserSession\b[^\n]*\.(?:_raw_)?delete\(")
    assert {path for path, text in sources.items() if deleting.search(text)} == {
        "sessions_api/databases/moving.py",
        "sessions_api/services/past_sessions.py",
    }
    reading = {path for path, text in sources.items() if "PastSession" in text}
    authenticating = ("sessions_api/fastpath/", "sessions_api/http/", "sessions_api/tokens/")
    assert {path for path in reading if path.startswith(authenticating)} == set()
    assert "sessions_api/services/past_sessions.py" in reading
