"""Screenshots of the main pages for the README and the manual.

``pytest tests/chromium/test_screenshots.py --update-screenshots`` takes them again.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sessions_api.admin.audit.admin import AuditEventAdmin
from sessions_api.admin.sessions.admin import UserSessionAdmin
from tests.chromium.scenery import Scene
from tests.small_lists import pages_of

FOLDER = Path(__file__).resolve().parent / "screenshots"
WIDTH = 1280
LARGEST = 200_000
PNG = b"\x89PNG\r\n\x1a\n"

#: The page of each screenshot by file name, and the height of the screenshot in pixels.
PICTURES = {
    "overview": 900,
    "sessions": 900,
    "confirmation": 900,
    "user": 900,
    "switches": 900,
    "turn-on": 900,
    "audit-log": 900,
}


@pages_of(12, UserSessionAdmin)
@pages_of(12, AuditEventAdmin)
@pytest.mark.parametrize("name", PICTURES)
def test_take(
    open_desk: Callable[..., Page],
    scene: Scene,
    name: str,
    pytestconfig: pytest.Config,
) -> None:
    page = open_desk(scene.root, viewport={"width": WIDTH, "height": PICTURES[name]})
    page.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', false)")
    page.goto(scene.paths[name])
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    path = FOLDER / f"{name}.png"
    if pytestconfig.getoption("update_screenshots"):
        page.screenshot(path=path)
    picture = path.read_bytes()
    assert picture.startswith(PNG)
    assert int.from_bytes(picture[16:20]) == WIDTH
    assert len(picture) <= LARGEST


def test_no_screenshot_is_obsolete() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)
