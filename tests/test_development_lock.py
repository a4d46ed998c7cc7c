"""The lock file for development matches ``pyproject.toml``."""

import re
import tomllib
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.paths import ROOT

RENEW = "Renew the lock: nox -s lock"
#: The names of the project in pip-tools' comments: itself, and with its own extra.
PROJECT = {"cumulonimbus", "cumulonimbus (pyproject.toml)"}


def required(extra: str | None = None) -> Iterator[Requirement]:
    """Yield the dependencies of the project and of an extra, with the extras that it names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = project["optional-dependencies"][extra] if extra else project["dependencies"]
    for requirement in map(Requirement, texts):
        if requirement.name == project["name"]:
            for named in requirement.extras:
                yield from required(named)
        else:
            yield requirement


def locked() -> dict[str, tuple[Version, set[str]]]:
    """Return the version of each locked package, and the packages that require it.

    The lock must contain nothing else, such as URLs of package indexes.
    """
    entries: dict[str, tuple[Version, set[str]]] = {}
    wanted_by: set[str] = set()
    for line in (ROOT / "requirements-dev.lock").read_text().splitlines():
        if pinned := re.fullmatch(r"([\w.-]+)==([\w.!+-]+)", line):
            wanted_by = set()
            entries[canonicalize_name(pinned[1])] = Version(pinned[2]), wanted_by
        elif line.startswith("    #"):
            wanted_by.add(line.lstrip(" #").removeprefix("via").strip())
        else:
            assert not line or line.startswith("#"), f"neither a version nor a comment: {line}"
    return entries


def test_each_dependency_is_locked_within_its_range() -> None:
    lock = locked()
    wrong = [
        str(requirement)
        for requirement in (*required(), *required("dev"))
        if (name := canonicalize_name(requirement.name)) not in lock
        or not requirement.specifier.contains(lock[name][0])
    ]
    assert wrong == [], RENEW


def test_nothing_unneeded_is_locked() -> None:
    wanted = {canonicalize_name(each.name) for each in (*required(), *required("dev"))}
    of_project = {name for name, (_, wanted_by) in locked().items() if wanted_by & PROJECT}
    assert of_project - wanted == set(), RENEW
