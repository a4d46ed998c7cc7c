"""Who asks for a page of Django's."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.exceptions import Overloaded, RateLimited
from sessions_api.http.cookies.middleware import SessionCookieMiddleware
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.api import Login
from tests.sessions_api.http.cookies.page import COOKIE, cookies_on
from tests.sessions_api.http.cookies.visitor import Visitor
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_served")]

ANONYMOUS = {"user": "", "session": None}


@pytest.fixture
def visitor(ann: Any) -> Visitor:
    """Ann, signed in on a page."""
    visitor = Visitor()
    assert visitor.sign_in().status_code == 200
    return visitor


def test_the_user_is_the_sessions_owner(visitor: Visitor) -> None:
    assert visitor.who() == {"user": "ann", "session": UserSession.objects.get().sid}
    assert visitor.get("/members").status_code == 200


def test_a_stranger_is_nobody(db: None) -> None:
    assert Visitor().who() == ANONYMOUS
    assert Visitor().get("/members").status_code == 302


def test_a_page_takes_one_query_and_none_unless_it_asks(visitor: Visitor) -> None:
    for path, queries in (("/who", 1), ("/nobody-asks", 0)):
        with CaptureQueriesContext(connection) as captured:
            assert visitor.get(path).status_code == 200
        assert len(statements(captured)) == queries, path


def test_caches_tell_visitors_apart_where_the_page_does(visitor: Visitor) -> None:
    assert "Cookie" in visitor.get("/greeting").headers["Vary"]
    assert "Vary" not in visitor.get("/nobody-asks").headers
    assert "Cookie" in Visitor().get("/greeting").headers["Vary"]


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "x" * 5000])
def test_what_is_no_token_is_nobody(db: None, value: str) -> None:
    stranger = Visitor()
    stranger.browser.cookies[COOKIE] = value
    assert stranger.who() == ANONYMOUS


def test_an_ended_session_is_nobody(visitor: Visitor) -> None:
    UserSession.objects.all().delete()
    assert visitor.who() == ANONYMOUS


def test_a_new_password_ends_it(visitor: Visitor, ann: Any) -> None:
    ann.set_password("another one")
    ann.save()
    assert visitor.who() == ANONYMOUS


def test_a_banned_user_is_nobody(visitor: Visitor, ann: Any) -> None:
    ann.is_active = False
    ann.save()
    assert visitor.who() == ANONYMOUS


def test_a_scoped_session_is_nobody(ann: Any, log_in: Any) -> None:
    stranger = Visitor()
    stranger.browser.cookies[COOKIE] = log_in(ann, permission_flags=Scope.ALL).token
    assert stranger.who() == ANONYMOUS


def test_with_a_header_the_cookie_is_not_looked_at(visitor: Visitor, me: Login) -> None:
    """And pages look at no header."""
    answer = visitor.get("/who", HTTP_AUTHORIZATION=me.token)
    assert answer.json()["user"] == ""


def test_djangos_own_session_counts_without_the_cookie_alone(visitor: Visitor, bob: Any) -> None:
    visitor.browser.force_login(bob)
    assert visitor.who()["user"] == "ann"
    del visitor.browser.cookies[COOKIE]
    assert visitor.who() == {"user": "bob", "session": None}
    # An ended session of ours is nobody, not somebody else.
    visitor.browser.cookies[COOKIE] = "x.y.z"
    assert visitor.who() == ANONYMOUS


def test_the_admin_has_a_login_of_its_own(root: Any) -> None:
    visitor = Visitor()
    visitor.sign_in(username="root")
    assert visitor.who()["user"] == "root"
    assert visitor.get("/admin/").status_code == 302
    visitor.browser.force_login(root)
    assert visitor.get("/admin/").status_code == 200


@pytest.mark.parametrize("csrf", ["", "a" * 64])
def test_an_exempt_view_gets_no_user_without_proof(
    visitor: Visitor, csrf: str, caplog: pytest.LogCaptureFixture
) -> None:
    for forged in (
        visitor.post("/exempt", csrf=csrf),
        visitor.post("/exempt", origin="https://evil.example"),
    ):
        assert (forged.json()["user"], forged.json()["session"]) == ("", None)
    assert "'/exempt', 'CSRF Failed: Origin checking failed - https://evil.example" in caplog.text
    assert visitor.post("/exempt").json()["user"] == "ann"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=x", "x" * 100),
        ("application/x-www-form-urlencoded", "a=1&" * 2000),
        ("application/x-www-form-urlencoded; charset=utf-16", "a=1"),
    ],
)
def test_a_form_that_cannot_be_read_is_no_proof(
    visitor: Visitor, content_type: str, body: str
) -> None:
    answer = visitor.browser.generic(
        "POST", "/exempt", body, content_type, secure=True, HTTP_ORIGIN="https://testserver"
    )
    assert answer.status_code == 200
    assert answer.json()["user"] == ""


def test_other_views_are_djangos_to_guard(visitor: Visitor) -> None:
    assert visitor.post("/who", csrf="").status_code == 403
    assert visitor.post("/who").json()["user"] == "ann"


def test_global_closes_pages_to_sessions(visitor: Visitor, ann: Any) -> None:
    with switched_on(GLOBAL):
        assert visitor.who() == ANONYMOUS
        ann.is_staff = True
        ann.save()
        assert visitor.who()["user"] == "ann"


def test_asynchronous_views(visitor: Visitor) -> None:
    async def ask(cookie: str) -> Any:
        client = AsyncClient()
        client.cookies[COOKIE] = cookie
        return (await client.get("/async-who", secure=True)).json()

    assert asyncio.run(ask("x.y.z"))["user"] == ""


@pytest.mark.django_db(transaction=True)
def test_asynchronous_views_know_the_user(me: Login) -> None:
    async def ask() -> Any:
        client = AsyncClient()
        client.cookies[COOKIE] = me.token
        try:
            return (await client.get("/async-who", secure=True)).json()
        finally:
            await sync_to_async(connections.close_all)()

    assert asyncio.run(ask()) == {"user": "ann", "same": True}


@pytest.mark.parametrize(("method", "status"), [("get", 200), ("post", 403)])
def test_plain_views_of_rest_framework(visitor: Visitor, method: str, status: int) -> None:
    send = {"get": visitor.get, "post": lambda path: visitor.post(path, csrf="")}[method]
    answer = send("/plain")
    assert answer.status_code == status
    if method == "post":
        assert answer.json() == {"detail": "CSRF Failed: CSRF token missing."}
        # As for REST framework's own class, the token may be in the form.
        assert visitor.post("/plain").json() == {"user": "ann"}


def test_plain_views_are_closed_by_global(visitor: Visitor) -> None:
    with switched_on(GLOBAL):
        answer = visitor.get("/plain")
    assert (answer.status_code, answer.json()["feature"]) == (503, GLOBAL.number)


def test_plain_views_open_to_everybody_ignore_an_old_cookie(visitor: Visitor) -> None:
    UserSession.objects.all().delete()
    assert visitor.get("/plain").json() == {"user": ""}


def test_it_is_not_used_unless_cookies_are_on() -> None:
    with cookies_on(COOKIES=False), pytest.raises(MiddlewareNotUsed):
        SessionCookieMiddleware(lambda request: HttpResponse())


@pytest.mark.parametrize("error", [RateLimited(headers={"Retry-After": "7"}), Overloaded(7)])
def test_refusals_that_no_view_catches_are_pages(error: Any) -> None:
    middleware = SessionCookieMiddleware(lambda request: HttpResponse())
    page = middleware.process_exception(HttpRequest(), error)
    assert page
    assert (page.status_code, page.headers["Retry-After"]) == (error.status, "7")
    assert page.headers["Content-Type"].startswith("text/plain")
    assert middleware.process_exception(HttpRequest(), ValueError()) is None
