"""What is built of the project, and what others get with it."""

import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from build import ProjectBuilder

from tests.paths import ROOT

PACKAGES = ("cumulonimbus", "killswitches", "sessions_api")

#: Run where the project is installed: prints where each page and each static file is found, and
#: where the packages are.
FIND = """
import importlib, json, sys
import django
django.setup()
from django.contrib.staticfiles import finders
from django.template.loader import get_template
kinds = {
    "templates": lambda name: get_template(name).origin.name,
    "static": finders.find,
    "packages": lambda name: importlib.import_module(name).__file__,
}
names = json.load(sys.stdin)
found = {kind: {name: kinds[kind](name) for name in names[kind]} for kind in names}
print(json.dumps(found))
"""


def run(*command: str | Path, **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(kind: str, source: Path, into: Path) -> Path:
    """An sdist, a wheel or the wheel of an editable install, made without an index of packages."""
    return Path(ProjectBuilder(source).build(kind, into))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sources(folder: str) -> Iterator[Path]:
    """The files of a folder, from the root of the project."""
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(ROOT)


def in_wheel(source: Path) -> Path:
    """Where a wheel holds a file: the project's own pages lie in its package."""
    if source.parts[0] == "templates":
        return Path("cumulonimbus", "pages", *source.parts[1:])
    return source


def offered(kind: str) -> dict[str, Path]:
    """All that lies in a folder of this name, ``templates`` or ``static``, by the name by which
    Django is asked for it."""
    return {
        "/".join(path.parts[path.parts.index(kind) + 1 :]): path
        for folder in (*PACKAGES, "templates")
        for path in sources(folder)
        if kind in path.parent.parts
    }


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def test_an_sdist_holds_what_a_wheel_is_made_of_and_no_key_that_lies_about(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        at_the_top = {Path(name).parts[1] for name in archive.getnames()}
    named = {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "templates", *PACKAGES}
    assert at_the_top == named | {".gitignore", "PKG-INFO"}


def test_a_wheel_of_an_sdist_is_that_of_the_checkout(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    of_sdist = build("wheel", unpacked, tmp_path / "wheel")
    assert contents(of_sdist) == contents(wheel)
    assert of_sdist.read_bytes() == wheel.read_bytes()


def test_a_wheel_has_all_that_the_packages_have(wheel: Path) -> None:
    found = {name for name in contents(wheel) if ".dist-info/" not in name}
    expected = {
        in_wheel(path).as_posix() for folder in (*PACKAGES, "templates") for path in sources(folder)
    }
    assert "cumulonimbus/pages/admin/base_site.html" in expected
    assert "sessions_api/templates/admin/sessions_api/overview.html" in expected
    assert {f"{package}/py.typed" for package in PACKAGES} <= expected
    assert found == expected


def test_an_editable_install_copies_nothing(tmp_path: Path) -> None:
    """A copy would stay as it is when the checkout changes."""
    copied = {
        name for name in contents(build("editable", ROOT, tmp_path)) if "dist-info" not in name
    }
    assert copied == {"_cumulonimbus.pth"}


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_pages_and_static_files_are_found_where_it_is_installed(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home)
    site_packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    shutil.unpack_archive(build(kind, ROOT, tmp_path), site_packages, "zip")
    # What it depends on; the .pth files in there are not read.
    (site_packages / "zz.pth").write_text(sysconfig.get_path("purelib"))

    files = {
        "templates": offered("templates"),
        "static": offered("static"),
        "packages": {package: Path(package, "__init__.py") for package in PACKAGES},
    }
    assert "admin/base_site.html" in files["templates"]
    assert "second_factors/login.js" in files["static"]
    found = run(
        *(home / "bin" / "python", "-c", FIND),
        cwd=tmp_path,
        input=json.dumps({kind: list(names) for kind, names in files.items()}),
        env={
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "cumulonimbus.settings",
            "STATE_DIR": str(tmp_path / "state"),
        },
    )
    place = {"wheel": lambda path: site_packages / in_wheel(path), "editable": ROOT.joinpath}[kind]
    assert json.loads(found) == {
        kind: {name: str(place(path)) for name, path in paths.items()}
        for kind, paths in files.items()
    }


def test_the_index_takes_both(sdist: Path, wheel: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)


def test_no_file_is_a_link() -> None:
    """Some systems and archives cannot make them."""
    # Whoever runs the tests need not own the checkout.
    listing = run("git", "-c", f"safe.directory={ROOT}", "ls-files", "--stage", cwd=ROOT)
    files = dict(reversed(line.split("\t")) for line in listing.splitlines())
    assert "tests/test_packaging.py" in files
    assert [path for path, entry in files.items() if entry.startswith("120000")] == []
