"""What is built of the project, and what others get with it."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cumulonimbus", "killswitches", "sessions_api")
#: What belongs to no checkout, or is no part of what is built.
LEFT_OUT = shutil.ignore_patterns(
    ".*", "var", "dist", "build", "tests", "benchmarks", "__pycache__", "*.egg-info"
)


def build(kind: str, source: Path, into: Path) -> Path:
    """An sdist or a wheel, made without an index of packages."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", into]
    run = subprocess.run([*command, source], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    [made] = into.iterdir()
    return made


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = tmp_path_factory.mktemp("checkout") / "project"
    shutil.copytree(ROOT, checkout, symlinks=True, ignore=LEFT_OUT)
    return build("sdist", checkout, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def test_a_wheel_of_an_sdist_is_that_of_the_checkout(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    assert contents(build("wheel", unpacked, tmp_path / "wheel")) == contents(wheel)


def test_a_wheel_has_all_that_the_packages_have(wheel: Path) -> None:
    found = {name for name in contents(wheel) if ".dist-info/" not in name}
    expected = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    pages = {
        f"cumulonimbus/{path.relative_to(ROOT)}" for path in (ROOT / "templates").rglob("*.html")
    }
    assert "cumulonimbus/templates/admin/base_site.html" in pages
    assert "sessions_api/templates/admin/sessions_api/overview.html" in expected
    assert {f"{package}/py.typed" for package in PACKAGES} <= expected
    assert found == expected | pages


def test_the_index_takes_both(sdist: Path, wheel: Path) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", sdist, wheel]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_file_is_a_link() -> None:
    """Some systems and archives cannot make them."""
    folders = [*PACKAGES, "templates", "tests", "benchmarks"]
    links = [path for name in folders for path in (ROOT / name).rglob("*") if path.is_symlink()]
    assert links == []
