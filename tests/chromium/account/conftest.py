"""People's browsers on the account pages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Page

from tests.api import Login
from tests.cast import PASSWORD
from tests.chromium.account.scenes import set_scene


@pytest.fixture(autouse=True)
def _cookies(_origin: None) -> Iterator[None]:
    # Chromium takes localhost for as good as HTTPS, and holds the cookie to all that its name says.
    ours = settings.SESSIONS_API | {"COOKIES": True, "INSECURE_COOKIES": False}
    with override_settings(SESSIONS_API=ours):
        yield


@pytest.fixture
def visit(open_page: Callable[..., Page], ann: Any) -> Callable[..., Page]:
    """A function that opens a page for Ann, who logs in on it."""

    def visit(path: str, **options: Any) -> Page:
        page = open_page(**options)
        page.goto(f"/account/login/?next={path}")
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"**{path}")
        return page

    return visit


@pytest.fixture
def logins(ann: Any, log_in: Callable[..., Login]) -> list[Login]:
    """Ann, logged in on other devices and in a script."""
    return set_scene(ann, log_in)
