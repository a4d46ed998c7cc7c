"""Requests that a cookie authenticates."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.api import OWN_SESSIONS, Api, Login
from tests.cast import PASSWORD
from tests.openapi.schemas import document
from tests.sessions_api.http.cookies.page import COOKIE, ME, Page, cookies_on
from tests.statements import statements

pytestmark = pytest.mark.django_db


def with_cookie(token: str) -> dict[str, str]:
    return {"HTTP_COOKIE": f"{COOKIE}={token}"}


def test_the_cookie_opens_what_the_token_opens(page: Page) -> None:
    assert page("GET", ME).status_code == 200
    assert page("GET", OWN_SESSIONS).json()["count"] == 1


def test_it_opens_nothing_unless_the_host_allows_it(page: Page) -> None:
    with cookies_on(COOKIES=False):
        assert page("GET", ME).status_code == 401


def test_it_takes_one_query_as_a_header_does(page: Page) -> None:
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert page("GET", ME, HTTP_X_SESSION_COOKIE="").status_code == 200
    assert len(statements(captured)) == 1


def test_a_request_without_either_takes_none(db: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert Api()("GET", ME, **with_cookie("x.y.z")).status_code == 401
        assert Api()("GET", ME, HTTP_COOKIE="a=b").status_code == 401
    assert statements(captured) == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_unsafe_methods_need_the_csrf_token(page: Page, method: str) -> None:
    page.csrf_token = None
    answer = page(method, ME if method == "DELETE" else OWN_SESSIONS)
    # A method that an endpoint has not is refused whoever calls.
    assert answer.status_code == (403 if method in ("POST", "DELETE") else 405)
    assert UserSession.objects.count() == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("origin", [None, "https://evil.example"])
def test_safe_methods_need_none(page: Page, method: str, origin: str | None) -> None:
    page.csrf_token, page.origin = None, origin
    answer = page(method, ME)
    assert answer.status_code == 200
    # The browser shows the answer to no page of another origin.
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"HTTP_X_CSRFTOKEN": "a" * 64}, "CSRF token from the 'X-Csrftoken' HTTP header incorrect"),
        ({"HTTP_X_CSRFTOKEN": "short"}, "has incorrect length"),
        ({"HTTP_X_CSRFTOKEN": "\xff" * 64}, "has invalid characters"),
        ({"HTTP_ORIGIN": "https://evil.example"}, "Origin checking failed - https://evil.example"),
        ({"HTTP_ORIGIN": "null"}, "Origin checking failed - null"),
        ({"HTTP_ORIGIN": "http://testserver"}, "Origin checking failed"),
    ],
)
def test_what_is_wrong_is_said(page: Page, change: dict[str, str], reason: str) -> None:
    answer = page("DELETE", ME, **change)
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_FAILED_ERROR")
    assert reason in answer.json()["reason"]
    assert UserSession.objects.exists()


@pytest.mark.parametrize("referer", [None, "https://evil.example/", "http://testserver/", "x"])
def test_without_an_origin_the_referer_counts(page: Page, referer: str | None) -> None:
    page.origin = None
    meta = {} if referer is None else {"HTTP_REFERER": referer}
    assert page("DELETE", ME, **meta).status_code == 403
    assert page("DELETE", ME, HTTP_REFERER="https://testserver/x").status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"],
)
def test_a_form_is_no_place_for_the_csrf_token(page: Page, content_type: str) -> None:
    """Bodies are read after the gate, within their limits."""
    token, page.csrf_token = page.csrf_token, None
    body = f"csrfmiddlewaretoken={token}"
    answer = page("POST", OWN_SESSIONS, body, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_FAILED_ERROR")


def test_a_form_with_the_header_is_read_all_the_same(page: Page) -> None:
    body = f"name=x&permissionFlags=2&password={PASSWORD}"
    form = "application/x-www-form-urlencoded"
    assert page("POST", OWN_SESSIONS, body, content_type=form).status_code == 201


def test_a_header_is_judged_alone(page: Page, bobs: Login) -> None:
    """Neither is the cookie of another user looked at, nor does it need proof."""
    page.csrf_token, page.asks = None, False
    answer = page("DELETE", ME, HTTP_AUTHORIZATION=bobs.token)
    assert answer.status_code == 200
    assert not answer.cookies
    assert not UserSession.objects.filter(user=bobs.user).exists()
    assert page("GET", ME).status_code == 200


@pytest.mark.parametrize("header", ["", "wrong", "Bearer", "Bearer x.y.z", "Basic YTpi", " "])
def test_a_wrong_header_does_not_fall_back_on_the_cookie(page: Page, header: str) -> None:
    answer = page("GET", ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_token_of_a_scoped_session_is_worth_nothing_in_a_cookie(ann: Any, log_in: Any) -> None:
    scoped = log_in(ann, permission_flags=Scope.ALL)
    assert Api()("GET", ME, **with_cookie(scoped.token)).status_code == 401
    assert Api()("GET", ME, token=scoped.token).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 5000, "\x00", "é", '"quoted"'])
def test_what_is_no_token(db: None, token: str) -> None:
    assert Api()("GET", ME, **with_cookie(token)).status_code == 401


def test_a_challenge_is_no_session(ann: Any, enrol_app: Any) -> None:
    enrol_app(ann)
    challenge = Page().log_in().json()["token"]
    assert Api()("GET", ME, **with_cookie(challenge)).status_code == 401


@pytest.mark.parametrize(
    "planted",
    [
        # A browser takes neither for a cookie with the prefix, so a subdomain can set them.
        "\xe2\x80\x80{name}={other}",
        "\xc2\xa0{name}={other}",
        "\xc2\x85{name}={other}",
        "\x0b{name}={other}",
        "\x1f{name}={other}",
        "={name}={other}",
        "{name} ={other}",
        "session_token={other}",
        "__host-session_token={other}",
        "__Host-session_token.x={other}",
    ],
)
def test_planted_cookies_are_not_looked_at(me: Login, bobs: Login, planted: str) -> None:
    forged = planted.format(name=COOKIE, other=bobs.token)
    assert Api()("GET", ME, HTTP_COOKIE=forged).status_code == 401
    for header in (f"{forged}; {COOKIE}={me.token}", f"{COOKIE}={me.token}; {forged}"):
        answer = Api()("GET", ME, HTTP_COOKIE=header)
        assert (answer.status_code, answer.json()["id"]) == (200, me.session.sid)


def test_of_two_cookies_of_the_name_none_counts(me: Login, bobs: Login) -> None:
    both = f"{COOKIE}={me.token}; {COOKIE}={bobs.token}"
    assert Api()("GET", ME, HTTP_COOKIE=both).status_code == 401


def test_a_ban_is_told(page: Page, ann: Any) -> None:
    ann.is_active = False
    ann.save()
    answer = page("GET", ME)
    assert (answer.status_code, answer.json()["code"]) == (403, "BANNED_ERROR")


def test_global_closes_it(page: Page) -> None:
    with switched_on(GLOBAL):
        assert page("GET", ME).status_code == 503


def test_a_new_password_ends_it(page: Page, ann: Any) -> None:
    ann.set_password("another one")
    ann.save()
    assert page("GET", ME).status_code == 401


@pytest.mark.parametrize(
    ("dialect", "path", "body"),
    [
        ("v5", ME, None),
        ("v5", OWN_SESSIONS, {"ids": ["me"]}),
        ("v5", f"{OWN_SESSIONS}/all?include-self=true", None),
        ("v3", "/user/sessions/all", None),
        ("wolfpal", "/sessions", None),
    ],
)
def test_an_end_by_its_owner_deletes_it(page: Page, dialect: str, path: str, body: Any) -> None:
    page.prefix = f"/api/{dialect}"
    answer = page("DELETE", path, body)
    assert answer.status_code == 200
    cookie = answer.cookies[COOKIE]
    assert (cookie.value, cookie["max-age"], cookie["secure"]) == ("", 0, True)
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    page.prefix = "/api/v5"
    assert page("GET", ME).status_code == 401


def test_ending_others_does_not_delete_it(page: Page, me: Login) -> None:
    for path in (f"{OWN_SESSIONS}/{me.session.sid}", f"{OWN_SESSIONS}/all"):
        assert COOKIE not in page("DELETE", path).cookies
    assert page("GET", ME).status_code == 200


def test_an_old_cookie_is_not_deleted_unasked(page: Page) -> None:
    """The answer might come after a login of another tab, and delete its cookie."""
    UserSession.objects.all().delete()
    assert COOKIE not in page("GET", ME).cookies


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/nowhere", ME, "/login"])
def test_every_answer_to_a_page_that_asks_has_a_csrf_token(
    db: None, method: str, path: str
) -> None:
    answer = Page()(method, path)
    assert len(answer.headers["X-CSRFToken"]) == 64
    assert "csrftoken" in answer.cookies


@pytest.mark.parametrize("path", ["/schema/v5/", "/docs/"])
def test_no_cache_keeps_one(db: None, path: str) -> None:
    # A process keeps what it renders first, and other tests have no cookies.
    with cookies_on(COOKIES=False, API_COOKIES=False):
        document("v5")
    page = Page()
    page.prefix = "/api"
    answer = page("GET", path)
    assert answer.status_code == 200
    assert "X-CSRFToken" not in answer.headers
    assert not answer.cookies


def test_under_asgi(me: Login) -> None:
    """The request is another class."""

    async def end(**headers: str) -> int:
        client = AsyncClient(enforce_csrf_checks=True)
        client.cookies[COOKIE] = me.token
        client.cookies["csrftoken"] = "a" * 32
        given = {"Origin": "https://testserver", **headers}
        answer = await client.delete(f"/api/v5{ME}", secure=True, headers=given)
        return answer.status_code

    assert async_to_sync(end)() == 403
    assert async_to_sync(end)(**{"X-CSRFToken": "a" * 32}) == 200


def test_nobody_else_gets_one(page: Page) -> None:
    page.asks = False
    answer = page("GET", ME)
    assert "X-CSRFToken" not in answer.headers
    assert not answer.cookies


@pytest.mark.ratelimited
def test_what_is_refused_counts(page: Page) -> None:
    page.csrf_token, page.asks = None, False
    assert {page("DELETE", ME).status_code for _ in range(110)} == {403, 429}
