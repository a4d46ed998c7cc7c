"""Links in the files at the root of the repository. The manual's build checks its own links."""

import re
from pathlib import Path

import pytest

from tests.manual import AT_THE_TOP, pages
from tests.paths import ROOT

LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)")


def anchors(path: Path) -> set[str]:
    """Return the anchors of a file's headings, as GitHub and the manual generate them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", AT_THE_TOP)
def test_link_targets_exist(name: str) -> None:
    for target, anchor in LINK.findall((ROOT / name).read_text()):
        path = ROOT / (target or name)
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), f"{target}#{anchor}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 160
    assert len(LINK.findall((ROOT / "README.md").read_text())) > 20


def test_pages_are_short_enough_to_read() -> None:
    lengths = {path.name: len(path.read_text().split()) for path in pages()}
    assert {name: length for name, length in lengths.items() if length > 1500} == {}
