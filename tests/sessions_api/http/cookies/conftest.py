"""Cookies are on in these tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sessions_api.http.cookies.page import Page, cookies_on
from tests.sessions_api.http.cookies.visitor import serving_the_site


@pytest.fixture(autouse=True)
def _cookies(_limits: None) -> Iterator[None]:
    with cookies_on():
        yield


@pytest.fixture
def site_served(_cookies: None) -> Iterator[None]:
    """The service with the pages of the site."""
    with serving_the_site:
        yield


@pytest.fixture
def page(ann: Any) -> Page:
    """Ann's browser, logged in by a cookie."""
    page = Page()
    assert page.log_in().status_code == 201
    return page
