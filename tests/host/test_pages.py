"""Sessions in cookies, on the host's pages and its plain views."""

from typing import Any

import pytest
from django.test import Client as HttpClient

from sessions_api.models import UserSession
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member

ORIGIN = {"HTTP_ORIGIN": "https://testserver"}


class Browser(HttpClient):
    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def open(self, path: str) -> Any:
        return self.get(path, secure=True)

    def send(self, path: str, **form: str) -> Any:
        token = self.open("/pages/").content.decode()
        data = {"csrfmiddlewaretoken": token} | form
        return self.post(path, data, secure=True, **ORIGIN)


@pytest.fixture
def browser(mia: Member) -> Browser:
    """Mia's, signed in."""
    browser = Browser()
    answer = browser.send("/pages/sign-in", email="MIA@example.com", password=PASSWORD)
    assert answer.status_code == 200
    return browser


def test_members_sign_in_and_out(browser: Browser) -> None:
    sid = UserSession.objects.get().sid
    assert browser.open("/pages/home").content.decode() == f"mia@example.com {sid}"
    assert browser.send("/pages/sign-out").status_code == 200
    assert not UserSession.objects.exists()
    assert browser.open("/pages/home").status_code == 302


@pytest.mark.parametrize(
    ("change", "status"),
    [({"password": "wrong"}, 401), ({"email": "nobody@example.com"}, 404), ({"email": ""}, 400)],
)
def test_who_may_not(mia: Member, change: dict[str, str], status: int) -> None:
    form = {"email": "mia@example.com", "password": PASSWORD} | change
    assert Browser().send("/pages/sign-in", **form).status_code == status
    assert not UserSession.objects.exists()


def test_the_cookie_opens_the_api_and_plain_views(browser: Browser) -> None:
    assert browser.open("/auth/users/me/sessions/me").status_code == 200
    assert browser.open("/plain/cookie").json() == {"email": "mia@example.com"}
    for path in ("/plain/cookie", "/auth/users/me/sessions"):
        answer = browser.post(path, secure=True, **ORIGIN)
        assert answer.status_code == 403
    assert answer.json()["code"] == "CSRF_FAILED_ERROR"
    assert browser.send("/plain/cookie").status_code == 200


def test_views_that_do_not_name_it_take_no_cookie(browser: Browser) -> None:
    assert browser.open("/plain/members").status_code == 401


def test_the_admin_takes_none(browser: Browser, staff: Member, log_in: LogIn) -> None:
    browser.send("/pages/sign-in", email="sam@example.com", password=PASSWORD)
    assert browser.open("/pages/home").status_code == 200
    assert browser.open("/admin/").status_code == 302


def test_a_client_for_tests(log_in: LogIn, mia: Member) -> None:
    client = log_in(mia, by_cookie=True)
    assert client.get("/pages/home").status_code == 200
    assert client.get("/plain/cookie").status_code == 200
