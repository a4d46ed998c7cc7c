"""Logins over the API that set the cookie."""

from datetime import UTC, datetime
from http.cookies import Morsel
from typing import Any

import pytest
from django.test import override_settings

from sessions_api.models import AuditEvent, UserSession
from tests.api import Api
from tests.cast import PASSWORD
from tests.sessions_api.http.cookies.page import COOKIE, GOOD, ME, Page, cookies_on

pytestmark = pytest.mark.django_db


def cookie_of(answer: Any) -> Morsel[str]:
    return answer.cookies[COOKIE]


@pytest.mark.parametrize(
    ("remember", "seconds"), [({}, 86_400), ({"rememberMe": True}, 315_576_000)]
)
def test_the_cookie_lives_as_long_as_the_session(
    ann: Any, remember: dict[str, bool], seconds: int
) -> None:
    answer = Page().log_in(**remember)
    assert answer.status_code == 201
    cookie = cookie_of(answer)
    assert seconds - 5 <= int(cookie["max-age"]) <= seconds
    attributes = {name: cookie[name] for name in ("path", "domain", "samesite")}
    assert attributes == {"path": "/", "domain": "", "samesite": "Lax"}
    assert cookie["httponly"] is True
    assert cookie["secure"] is True
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_body_is_that_of_every_login(ann: Any) -> None:
    answer = Page().log_in()
    body = answer.json()
    assert set(body) == {"token", "exp"}
    assert body["token"] == cookie_of(answer).value
    assert Api()("GET", ME, token=body["token"]).status_code == 200


def test_nothing_is_set_unless_a_page_asks(ann: Any) -> None:
    for page in (Page(asks=False), Page()):
        answer = page("POST", "/login", GOOD, HTTP_X_SESSION_COOKIE="false")
        assert answer.status_code == 201
        assert not answer.cookies
        assert "X-CSRFToken" not in answer.headers


def test_nothing_is_set_unless_the_host_allows_it(ann: Any) -> None:
    with cookies_on(COOKIES=False):
        page = Page().open()
        assert page.csrf_token is None
        answer = page("POST", "/login", GOOD)
        assert answer.status_code == 201
        assert not answer.cookies


def test_the_session_and_its_token_are_new_and_so_is_the_csrf_token(ann: Any) -> None:
    page = Page().open()
    before = page.csrf_token, page.browser.cookies["csrftoken"].value
    page.browser.cookies[COOKIE] = "planted"
    page("POST", "/login", GOOD)
    assert page.token != "planted"
    assert page.csrf_token != before[0]
    assert page.browser.cookies["csrftoken"].value != before[1]
    assert page("DELETE", ME).status_code == 200


def test_without_proof_no_login_sets_a_cookie(ann: Any) -> None:
    """An attacker must not be able to log the browser in to an account of theirs."""
    answer = Page()("POST", "/login", GOOD)
    assert answer.status_code == 403
    assert answer.json() == {
        "code": "CSRF_FAILED_ERROR",
        "message": "CSRF Failed",
        "reason": "CSRF cookie not set.",
    }
    assert COOKIE not in answer.cookies
    assert not UserSession.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_refusal_brings_the_token_to_try_again_with(ann: Any) -> None:
    page = Page()
    assert page("POST", "/login", GOOD).status_code == 403
    assert page("POST", "/login", GOOD).status_code == 201


@pytest.mark.parametrize("origin", ["https://evil.example", "https://a.testserver", "null", None])
def test_a_page_of_another_origin(ann: Any, origin: str | None) -> None:
    page = Page().open()
    page.origin = origin
    answer = page("POST", "/login", GOOD)
    assert answer.status_code == 403
    assert answer.json()["code"] == "CSRF_FAILED_ERROR"
    assert COOKIE not in answer.cookies


@override_settings(CSRF_TRUSTED_ORIGINS=["https://app.example"])
def test_a_page_of_an_origin_that_is_trusted(ann: Any) -> None:
    page = Page(origin="https://app.example")
    assert page.log_in().status_code == 201
    assert page("DELETE", ME).status_code == 200


def test_a_wrong_password_sets_none(ann: Any) -> None:
    answer = Page().log_in(password="guess")
    assert answer.status_code == 401
    assert answer.json() == {"code": "INVALID_PASSWORD_ERROR", "message": "Invalid Password"}
    assert COOKIE not in answer.cookies


def test_the_second_step_sets_it(ann: Any, enrol_app: Any) -> None:
    app = enrol_app(ann)
    app.next_code()
    page = Page()
    challenge = page.log_in()
    assert challenge.status_code == 401
    assert COOKIE not in challenge.cookies
    answer = {"token": challenge.json()["token"], "type": "totp", "code": app.code()}
    foreign = Page(origin="https://evil.example")
    assert foreign("POST", "/login", {"2fa": answer}).status_code == 403
    begun = page("POST", "/login", {"2fa": answer, "rememberMe": True})
    assert begun.status_code == 201
    assert int(cookie_of(begun)["max-age"]) > 86_400
    assert page("GET", ME).status_code == 200


def test_who_has_a_session_cannot_log_in_again(page: Page) -> None:
    answer = page("POST", "/login", GOOD)
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_SESSION_ERROR")


@pytest.mark.parametrize("asks", [True, False])
def test_an_ended_session_does_not_stand_in_the_way(page: Page, asks: bool) -> None:
    UserSession.objects.all().delete()
    page.asks = asks
    assert page("POST", "/login", GOOD).status_code == 201


@pytest.mark.parametrize(
    ("dialect", "path", "names"),
    [("v3", "/user/session", ("user", "pass")), ("v4", "/login", ("username", "password"))],
)
def test_older_dialects_set_it_as_well(
    ann: Any, dialect: str, path: str, names: tuple[str, str]
) -> None:
    page = Page().open()
    page.prefix = f"/api/{dialect}"
    answer = page("POST", path, dict(zip(names, ("ann", PASSWORD), strict=True)))
    assert answer.status_code == 201
    assert COOKIE in answer.cookies


def test_over_plain_http_the_cookie_has_another_name(ann: Any) -> None:
    with cookies_on(INSECURE_COOKIES=True):
        answer = Page().log_in()
        cookie = answer.cookies["session_token"]
        assert not cookie["secure"]
        assert cookie["httponly"] is True
        assert COOKIE not in answer.cookies
    assert Api()("GET", ME, HTTP_COOKIE=f"session_token={cookie.value}").status_code == 401


def test_the_session_says_when_it_ends(ann: Any) -> None:
    answer = Page().log_in()
    session = UserSession.objects.get()
    expires = datetime.fromtimestamp(answer.json()["exp"], UTC)
    assert expires == session.expires_at
