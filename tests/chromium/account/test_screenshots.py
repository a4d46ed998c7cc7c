"""The pictures of the account pages for the manual.

``pytest tests/chromium/account/test_screenshots.py --update-screenshots`` takes them again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from sessions_api.models import UserSession
from tests.api import Login
from tests.chromium.account.scenes import (
    MAC,
    SESSIONS,
    add_second_factors,
    open_account,
    record_history,
    set_scene,
)

FOLDER = Path(__file__).resolve().parent / "screenshots"
PNG = b"\x89PNG\r\n\x1a\n"
WIDTH = 900
LARGEST = 150_000

#: The page of each screenshot by file name; ``{}`` is the session on the phone.
#: The history is taken before these sessions begin.
PICTURES = {
    "sessions": SESSIONS,
    "not-me": "/account/sessions/{}/not-me/",
    "new-token": "/account/tokens/new/",
    "second-factors": "/account/second-factors/",
}


def test_take(
    open_page: Callable[..., Page],
    ann: Any,
    log_in: Callable[..., Login],
    pytestconfig: pytest.Config,
) -> None:
    record_history(ann)
    page = open_account(open_page(viewport={"width": WIDTH, "height": 800}, user_agent=MAC))
    UserSession.objects.update(address="2001:db8::7", location="Boxford, England United Kingdom")
    page.goto("/account/history/")
    take(page, "history", pytestconfig)
    phone, *_ = set_scene(ann, log_in)
    add_second_factors(ann)
    for name, path in PICTURES.items():
        page.goto(path.format(phone.session.sid))
        take(page, name, pytestconfig)


def take(page: Page, name: str, pytestconfig: pytest.Config) -> None:
    """Check the picture of a page, and take it before if that was asked for."""
    file = FOLDER / f"{name}.png"
    if pytestconfig.getoption("update_screenshots"):
        page.screenshot(path=file)
    picture = file.read_bytes()
    assert picture.startswith(PNG)
    assert int.from_bytes(picture[16:20]) == WIDTH
    assert len(picture) <= LARGEST


def test_no_screenshot_is_obsolete() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*PICTURES, "history"}
