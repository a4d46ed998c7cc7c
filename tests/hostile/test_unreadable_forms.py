"""Forms and cookies that cannot be parsed, posted with a forged CSRF cookie."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.browser import browser_of

pytestmark = pytest.mark.django_db

PATHS = ["/admin/login/", "/admin/", "/account/password/MQ/x-y/", "/nope"]
URLENCODED = "application/x-www-form-urlencoded"
MANY = b"".join(
    b'--b\r\nContent-Disposition: form-data; name="%d"\r\n\r\nx\r\n' % number
    for number in range(1200)
)
FORMS = [
    (b"a=b", f"{URLENCODED}; charset=latin-1"),
    (b"a=b", f"{URLENCODED}; charset=ascii"),
    (b"a=b", f"{URLENCODED}; charset=zlib"),
    (b"x", "multipart/form-data"),
    (MANY + b"--b--\r\n", "multipart/form-data; boundary=b"),
    (b"a=" + b"x" * 3_000_000, URLENCODED),
]


def anonymous_browser(**options: Any) -> Browser:
    browser = Browser(raise_request_exception=False, enforce_csrf_checks=True, **options)
    browser.cookies["csrftoken"] = "a" * 32
    return browser


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("body", "content_type"), FORMS)
def test_cause_no_server_error(root: Any, path: str, body: bytes, content_type: str) -> None:
    staff = browser_of(root)
    staff.cookies["csrftoken"] = "a" * 32
    for browser in (anonymous_browser(), staff):
        browser.raise_request_exception = False
        answer = browser.generic("POST", path, body, content_type)
        assert answer.status_code < 500


@pytest.mark.parametrize("path", PATHS)
def test_a_cookie_with_a_nul_is_ignored(path: str) -> None:
    browser = anonymous_browser(HTTP_COOKIE=r'sessionid="aaaaaaaaaaaaaaaa\000aaaaaaa"')
    for send in (browser.get, browser.post):
        assert send(path).status_code < 500
