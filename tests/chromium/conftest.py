"""Chromium, a server for it, and pages that tell of everything that went wrong on them."""

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
# Browsers let a page run WebAuthn over plain HTTP under this name only.
HOST = "localhost"
#: In milliseconds, for anything that a page does.
PATIENCE = 20_000
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
        "--update-screenshots", action="store_true", help="take the manual's pictures anew"
    )


@pytest.fixture(scope="session")
def live_server(django_db_setup: None) -> Iterator[LiveServer]:
    """In place of pytest-django's own, which listens under another name."""
    server = LiveServer(HOST)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in the thread of the tests, which never await anything.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # Chromium cannot put root into its sandbox.
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*SWITCHES, *as_root], chromium_sandbox=not as_root
        )
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _origin(_limits: None, live_server: LiveServer) -> Iterator[None]:
    """The server takes WebAuthn ceremonies of its own pages."""
    ours = {"WEBAUTHN_RP_ID": HOST, "WEBAUTHN_ORIGINS": (live_server.url,)}
    with override_settings(SESSIONS_API=settings.SESSIONS_API | ours):
        yield


@pytest.fixture
def new_context(
    browser: Browser, live_server: LiveServer
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a window with cookies of its own, on paths of the server."""
    contexts = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Opens a page in a window of its own.

    The test fails where any page shows a dialog, or complains on the console: of a script that
    fails, of a file that is missing, of anything.
    """
    complaints: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    def note_error(message: ConsoleMessage) -> None:
        # Chromium looks for an icon by itself.
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
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
    """Opens a page for a user who is logged in to the admin and is given these permissions."""

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
    """The same once with the mouse, and once with the keyboard alone."""
    return request.param()


@pytest.fixture
def scene(db: None, make_user: Any, log_in: Any) -> Scene:
    return set_scene(make_user, log_in)
