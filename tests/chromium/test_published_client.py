"""The published client in a browser: every call that this service answers, and none is missing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import BrowserContext
from pytest_django.live_server_helper import LiveServer

from cumulonimbus.configuration.origins import MIDDLEWARE
from sessions_api.http import cors
from tests.chromium.front_ends import elsewhere, open_elsewhere, open_here
from tests.published_client.front_end import FrontEnd
from tests.published_client.journeys import Journeys

MakeContext = Callable[[], BrowserContext]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The origin of a front end that is served elsewhere."""
    with elsewhere() as origin:
        yield origin


@pytest.fixture(scope="module")
def open_api(origin: str, live_server: LiveServer) -> Iterator[str]:
    """The address of an API that pages of that origin may call."""
    with override_settings(
        MIDDLEWARE=[MIDDLEWARE, *settings.MIDDLEWARE],
        CORS_ALLOWED_ORIGINS=[origin],
        CORS_ALLOW_HEADERS=cors.ALLOW_HEADERS,
        CORS_EXPOSE_HEADERS=cors.EXPOSE_HEADERS,
    ):
        server = LiveServer("localhost")
        yield server.url
        server.stop()


class TestOfTheSameOrigin(Journeys):
    @pytest.fixture
    def front(self, new_context: MakeContext) -> FrontEnd:
        return FrontEnd(open_here(new_context().new_page()), "/api")


class TestOfAnotherOrigin(Journeys):
    @pytest.fixture
    def front(self, new_context: MakeContext, open_api: str, origin: str) -> FrontEnd:
        page = new_context().new_page()
        return FrontEnd(open_elsewhere(page, origin), f"{open_api}/api/v5")


def test_of_an_origin_that_is_not_allowed(
    new_context: MakeContext, live_server: LiveServer, origin: str, ann: Any
) -> None:
    send = open_elsewhere(new_context().new_page(), origin)
    request = {"baseURL": f"{live_server.url}/api", "method": "login", "args": ["ann", "x", False]}
    assert send(request) == {"failure": "TypeError: Failed to fetch"}
