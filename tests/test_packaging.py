"""The built distributions: sdist, wheel and editable install."""

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

#: A script that prints where templates, static files and packages are found in an installation.
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
    """Build an sdist, a wheel or an editable wheel, without a package index."""
    return Path(ProjectBuilder(source).build(kind, into))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sources(folder: str) -> Iterator[Path]:
    """Return the files in a folder, relative to the root of the project."""
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(ROOT)


def in_wheel(source: Path) -> Path:
    """Return the path of a file in a wheel. The project's pages are part of its package there."""
    if source.parts[0] == "templates":
        return Path("cumulonimbus", "pages", *source.parts[1:])
    return source


def offered(kind: str) -> dict[str, Path]:
    """Return all files in folders of this name (``templates`` or ``static``), by the name that
    Django uses for them."""
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
    """The wheel of the checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def test_an_sdist_contains_the_sources_and_no_keys(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        at_the_top = {Path(name).parts[1] for name in archive.getnames()}
    named = {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "templates", *PACKAGES}
    assert at_the_top == named | {".gitignore", "PKG-INFO"}


def test_the_wheel_of_an_sdist_equals_that_of_the_checkout(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    of_sdist = build("wheel", unpacked, tmp_path / "wheel")
    assert contents(of_sdist) == contents(wheel)
    assert of_sdist.read_bytes() == wheel.read_bytes()


def test_a_wheel_contains_all_files_of_the_packages(wheel: Path) -> None:
    found = {name for name in contents(wheel) if ".dist-info/" not in name}
    expected = {
        in_wheel(path).as_posix() for folder in (*PACKAGES, "templates") for path in sources(folder)
    }
    assert "cumulonimbus/pages/admin/base_site.html" in expected
    assert "sessions_api/templates/admin/sessions_api/overview.html" in expected
    assert {f"{package}/py.typed" for package in PACKAGES} <= expected
    assert found == expected


def test_an_editable_install_copies_nothing(tmp_path: Path) -> None:
    """Copies would not follow changes of the checkout."""
    copied = {
        name for name in contents(build("editable", ROOT, tmp_path)) if "dist-info" not in name
    }
    assert copied == {"_cumulonimbus.pth"}


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_pages_and_static_files_are_found_in_an_installation(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home)
    site_packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    shutil.unpack_archive(build(kind, ROOT, tmp_path), site_packages, "zip")
    # The dependencies. .pth files in this folder are not read.
    (site_packages / "zz.pth").write_text(sysconfig.get_path("purelib"))

    files = {
        "templates": offered("templates"),
        "static": offered("static"),
        "packages": {package: Path(package, "__init__.py") for package in PACKAGES},
    }
    assert "admin/base_site.html" in files["templates"]
    assert "second_factors/credential.js" in files["static"]
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


def test_the_distributions_pass_the_checks_of_the_package_index(sdist: Path, wheel: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)


def test_no_file_is_a_symbolic_link() -> None:
    """Some systems and archives do not support them."""
    # The checkout may belong to another user.
    listing = run("git", "-c", f"safe.directory={ROOT}", "ls-files", "--stage", cwd=ROOT)
    files = dict(reversed(line.split("\t")) for line in listing.splitlines())
    assert "tests/test_packaging.py" in files
    assert [path for path, entry in files.items() if entry.startswith("120000")] == []
