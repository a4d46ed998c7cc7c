"""Fixtures that run Chromium against a live server, and fail tests whose page reports an error."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from tests.browser import browser_of
from tests.chromium.hands import Hands, Keyboard, Mouse
from tests.chromium.scenery import Scene, set_scene

CHROMIUM = "/usr/bin/chromium"
# Over plain HTTP, browsers allow WebAuthn only under this name.
HOST = "localhost"
#: The timeout of every action on a page, in milliseconds.
TIMEOUT = 20_000
SWITCHES = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-screenshots", action="store_true", help="take the manual's screenshots again"
    )


@pytest.fixture(scope="session")
def live_server(django_db_setup: None) -> Iterator[LiveServer]:
    """Replace pytest-django's server, which has another host name."""
    server = LiveServer(HOST)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=TIMEOUT)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in the tests' thread, which Django takes for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # Chromium's sandbox does not support root.
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*SWITCHES, *as_root], chromium_sandbox=not as_root
        )
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _origin(_limits: None, live_server: LiveServer) -> Iterator[None]:
    """Allow WebAuthn ceremonies from the server's own pages."""
    ours = {"WEBAUTHN_RP_ID": HOST, "WEBAUTHN_ORIGINS": (live_server.url,)}
    with override_settings(SESSIONS_API=settings.SESSIONS_API | ours):
        yield


@pytest.fixture
def new_context(
    browser: Browser, live_server: LiveServer
) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens a browser context with its own cookies on the server."""
    contexts = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page in a new context.

    The test fails if a page shows a dialog, or logs an error or a warning to the console, for
    example because a script fails or a file is missing.
    """
    complaints: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    def note_error(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.location['url']}: {message.text}")

    def open_page(**options: Any) -> Page:
        page = new_context(**options).new_page()
        page.on("dialog", note_dialog)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note_error)
        return page

    yield open_page
    assert complaints == []


@pytest.fixture
def open_desk(open_page: Callable[..., Page], live_server: LiveServer) -> Callable[..., Page]:
    """Return a function that opens a page of the admin for a user with the given permissions."""

    def open_desk(user: Any, *permissions: str, **options: Any) -> Page:
        page = open_page(**options)
        cookie = browser_of(user, *permissions).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
        return page

    return open_desk


@pytest.fixture(params=[Mouse, Keyboard], ids=["mouse", "keyboard"])
def hands(request: pytest.FixtureRequest) -> Hands:
    """Run the test twice: with the mouse, and with the keyboard only."""
    return request.param()


@pytest.fixture
def scene(db: None, make_user: Any, log_in: Any) -> Scene:
    return set_scene(make_user, log_in)
