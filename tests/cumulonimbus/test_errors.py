"""Error pages are neither cached nor framed, and load nothing but their style sheet."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.test import Client as Browser

from sessions_api.exceptions import Overloaded
from tests.admin_paths import LOGIN
from tests.browser import browser_of
from tests.failing_pages import login_page_fails_with

pytestmark = pytest.mark.django_db

UNREADABLE = (b"x", "multipart/form-data")


def anonymous_browser() -> Browser:
    return Browser(enforce_csrf_checks=True, raise_request_exception=False)


def refused(status: int, answer: Any) -> None:
    assert answer.status_code == status
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Frame-Options"] == "DENY"


def loads_nothing(answer: Any) -> None:
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (400, lambda browser: browser.get("/admin/?x=%00")),
        (400, lambda browser: browser.get("/admin/", headers={"host": "elsewhere.example.org"})),
        (403, lambda browser: browser.get("/admin/auth/group/add/")),
        (404, lambda browser: browser.get("/admin/nowhere/")),
        (404, lambda browser: browser.get("/nowhere")),
        (404, lambda browser: browser.get("/account/nowhere/")),
        (404, lambda browser: browser.generic("POST", "/nowhere", *UNREADABLE)),
    ],
)
def test_error_pages(staff: Any, status: int, ask: Callable[[Browser], Any]) -> None:
    browser = browser_of(staff)
    browser.raise_request_exception = False
    answer = ask(browser)
    refused(status, answer)
    loads_nothing(answer)
    assert '<a href="/">Go to the front page</a>' in answer.content.decode()


@pytest.mark.parametrize(
    "path", [LOGIN, "/admin/", "/", "/account/language/", "/account/password/MQ/x-y/"]
)
def test_the_page_for_a_forged_form(path: str) -> None:
    answer = anonymous_browser().post(path)
    refused(403, answer)
    loads_nothing(answer)


@pytest.mark.parametrize("path", ["MQ/x-y/", "MQ/set-password/", "chosen/"])
def test_the_pages_of_a_mailed_link(path: str) -> None:
    answer = anonymous_browser().get(f"/account/password/{path}")
    refused(200, answer)
    loads_nothing(answer)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (403, PermissionDenied()),
        (500, LookupError()),
        (503, Overloaded(1)),
        (503, OperationalError("the connection is closed")),
        (503, InterfaceError("connection already closed")),
    ],
)
def test_the_page_for_a_failure(status: int, failure: Exception) -> None:
    with login_page_fails_with(failure):
        answer = anonymous_browser().get(LOGIN)
    refused(status, answer)
    loads_nothing(answer)
