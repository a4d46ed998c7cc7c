"""Helpers for tests of the manual: its pages, their code blocks, and its build."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

DOCS = ROOT / "docs"
#: Files that pages for operators include.
DEPLOYMENT = DOCS / "operators" / "deployment"
#: The documents in the root of the repository.
AT_THE_TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")
_LISTED = re.compile(r"^```{toctree}\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Return the paths of all pages of the manual."""
    return sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)


def page(name: str) -> str:
    """Return the source of a page.

    :param name: the path without its suffix, such as ``operators/keys``.
    """
    return (DOCS / f"{name}.md").read_text()


def chapter(name: str) -> Iterator[str]:
    """Yield the sources of a folder's pages, in the order of its table of contents."""
    index = page(f"{name}/index")
    yield index
    for listed in _LISTED.findall(index):
        for line in listed.splitlines():
            if line and not line.startswith(":"):
                yield page(f"{name}/{line}")


def blocks(language: str, text: str) -> list[str]:
    """Return the code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def build(folder: Path) -> None:
    """Build the manual into a folder. Warnings, such as broken links, are errors."""
    command = [sys.executable, "-m", "sphinx", "-qWn", "--keep-going", str(DOCS), str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
