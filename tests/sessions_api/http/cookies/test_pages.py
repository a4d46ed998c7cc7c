"""Logging in and out on pages of a host."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from tests.api import HOME, Api, is_dead
from tests.cast import PASSWORD
from tests.sessions_api.http.cookies.page import COOKIE, GOOD, ME, cookies_on
from tests.sessions_api.http.cookies.visitor import Visitor
from tests.sessions_api.passwords.overload import full_queue
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_served")]


@pytest.fixture
def visitor(ann: Any) -> Visitor:
    return Visitor()


def test_a_login_sets_the_cookie_and_the_user(visitor: Visitor) -> None:
    answer = visitor.sign_in(name="Kitchen")
    session = UserSession.objects.get()
    assert answer.json() == {"user": "ann", "session": session.sid}
    assert (session.name, session.dialect, session.address) == ("Kitchen", "pages", HOME)
    cookie = answer.cookies[COOKIE]
    assert 86_390 <= int(cookie["max-age"]) <= 86_400
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]
    assert AuditEvent.objects.get().kind == "login"


@pytest.mark.parametrize("name", ["x" * 129, "a\x00b", " "])
def test_a_name_that_no_session_can_have(visitor: Visitor, name: str) -> None:
    assert visitor.sign_in(name=name).status_code == 200
    assert UserSession.objects.get().name == "Chrome v87 on Linux"


def test_remember_me(visitor: Visitor) -> None:
    answer = visitor.sign_in(remember="on")
    assert int(answer.cookies[COOKIE]["max-age"]) > 86_400 * 3652


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"password": "guess"}, 401, "INVALID_PASSWORD_ERROR"),
        ({"username": "nobody"}, 404, "INVALID_USER_ERROR"),
        ({"username": "ann\x00"}, 400, "MISSING_FIELDS_ERROR"),
        ({"password": "x\x00"}, 400, "MISSING_FIELDS_ERROR"),
        ({"username": "x" * 10_000}, 404, "INVALID_USER_ERROR"),
        ({"username": " ", "password": ""}, 400, "MISSING_FIELDS_ERROR"),
    ],
)
def test_a_login_that_fails(visitor: Visitor, form: Any, status: int, code: str) -> None:
    answer = visitor.sign_in(**form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert COOKIE not in answer.cookies
    assert visitor.who()["user"] == ""


def test_a_banned_user(carol: Any) -> None:
    answer = Visitor().sign_in(username="carol")
    assert (answer.status_code, answer.json()["code"]) == (403, "BANNED_ERROR")


def test_a_second_factor(visitor: Visitor, ann: Any, enrol_app: Any) -> None:
    app = enrol_app(ann)
    app.next_code()
    challenge = visitor.sign_in()
    assert challenge.status_code == 401
    assert COOKIE not in challenge.cookies
    answer = {"token": challenge.json()["token"], "type": "totp", "code": app.code()}
    wrong = visitor.post("/sign-in", **answer | {"code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (
        401,
        "INVALID_SECOND_FACTOR_RESPONSE_ERROR",
    )
    assert visitor.post("/sign-in", **answer).status_code == 200
    assert visitor.who()["user"] == "ann"
    assert visitor.post("/sign-in", **answer).status_code == 401


@pytest.mark.ratelimited
def test_it_counts_as_every_login(visitor: Visitor) -> None:
    statuses = [visitor.post("/exempt/sign-in").status_code for _ in range(2)]
    assert statuses == [403, 403]  # without proof nothing is asked
    answers = [visitor.sign_in(password="guess") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401] * 4
    refused = visitor.sign_in()
    assert (refused.status_code, refused.json()["code"]) == (429, "RATELIMITED_ERROR")
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert Api()("POST", "/login", GOOD).status_code == 429


@pytest.mark.ratelimited
def test_names_that_do_not_exist_count(visitor: Visitor) -> None:
    statuses = [visitor.sign_in(username=f"nobody{n}").status_code for n in range(5)]
    assert statuses == [404, 404, 404, 404, 429]


@pytest.mark.ratelimited
def test_logins_of_the_api_count_here(visitor: Visitor) -> None:
    for _ in range(4):
        Api()("POST", "/login", GOOD | {"password": "guess"})
    assert visitor.sign_in().status_code == 429


@pytest.mark.parametrize("switch", [ACCOUNT_LOGIN, GLOBAL])
def test_switches_close_it_before_any_work(visitor: Visitor, switch: Any) -> None:
    visitor.who()
    with switched_on(switch):
        with CaptureQueriesContext(connection) as captured:
            answer = visitor.post("/sign-in", username="ann", password=PASSWORD)
        assert (answer.status_code, answer.json()["feature"]) == (503, switch.number)
        assert len(statements(captured)) == 1


def test_a_full_queue_refuses_it(visitor: Visitor) -> None:
    visitor.who()
    with full_queue():
        answer = visitor.post("/sign-in", username="ann", password=PASSWORD)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("path", ["/sign-in", "/exempt/sign-in", "/sign-out", "/exempt/sign-out"])
def test_forged_requests_do_nothing(visitor: Visitor, path: str) -> None:
    visitor.sign_in()
    form = {"username": "ann", "password": PASSWORD}
    for refused in (
        visitor.post(path, csrf="", **form),
        visitor.post(path, origin="https://evil.example", **form),
        visitor.post(path, origin="null", **form),
        visitor.get(path),
    ):
        assert refused.status_code == 403
        assert COOKIE not in refused.cookies
    assert UserSession.objects.count() == 1
    assert visitor.who()["user"] == "ann"


def test_a_login_changes_the_csrf_token_and_the_key_of_djangos_session(visitor: Visitor) -> None:
    visitor.who()
    planted = visitor.browser.session
    planted["basket"] = ["apples"]
    planted.save()
    before = planted.session_key, visitor.browser.cookies["csrftoken"].value
    visitor.browser.cookies["sessionid"] = planted.session_key
    visitor.sign_in()
    after = visitor.browser.cookies["sessionid"].value, visitor.browser.cookies["csrftoken"].value
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert visitor.browser.session["basket"] == ["apples"]
    assert not Session.objects.filter(session_key=before[0]).exists()


def test_no_session_of_djangos_begins(visitor: Visitor) -> None:
    visitor.sign_in()
    assert "sessionid" not in visitor.browser.cookies
    visitor.post("/sign-out")
    assert not Session.objects.exists()


def test_the_session_that_is_replaced_ends(visitor: Visitor, bob: Any) -> None:
    visitor.sign_in()
    old = visitor.token
    visitor.sign_in(username="bob")
    assert visitor.who()["user"] == "bob"
    assert Api()("GET", ME, token=old).status_code == 401
    ended = AuditEvent.objects.get(kind="sessions_ended")
    assert (ended.actor_name, ended.subject_name) == ("ann", "ann")


def test_a_login_that_fails_ends_nothing(visitor: Visitor) -> None:
    visitor.sign_in()
    failed = visitor.post("/sign-in", username="ann", password="guess")
    assert failed.json() == {"code": "INVALID_PASSWORD_ERROR", "user": "ann"}
    assert visitor.who()["user"] == "ann"


def test_a_superusers_session_is_replaced_by_anybodys(visitor: Visitor, root: Any) -> None:
    visitor.sign_in(username="root")
    assert visitor.sign_in().status_code == 200
    assert list(UserSession.objects.values_list("user__username", flat=True)) == ["ann"]


def test_a_login_of_a_host_that_has_not_turned_them_on(visitor: Visitor) -> None:
    """It fails at once, and no session is left behind."""
    visitor.who()
    with cookies_on(COOKIES=False):
        assert visitor.post("/sign-in", username="ann", password=PASSWORD).status_code == 500
    assert not UserSession.objects.exists()


def test_a_log_out_ends_the_session_and_deletes_the_cookie(visitor: Visitor, me: Any) -> None:
    visitor.sign_in()
    token = visitor.token
    answer = visitor.post("/sign-out")
    assert answer.content == b"AnonymousUser"
    assert (answer.cookies[COOKIE].value, answer.cookies[COOKIE]["max-age"]) == ("", 0)
    assert Api()("GET", ME, token=token).status_code == 401
    assert visitor.who()["user"] == ""
    assert not is_dead(me)


def test_a_scoped_session_in_the_cookie_is_not_ended(ann: Any, log_in: Any) -> None:
    scoped = log_in(ann, permission_flags=Scope.SESSION_READ)
    visitor = Visitor()
    visitor.browser.cookies[COOKIE] = scoped.token
    visitor.sign_in()
    visitor.browser.cookies[COOKIE] = scoped.token
    assert visitor.post("/sign-out").status_code == 200
    assert not is_dead(scoped)


def test_a_log_out_without_a_session(visitor: Visitor) -> None:
    visitor.who()
    assert visitor.post("/sign-out").status_code == 200
    assert not AuditEvent.objects.exists()


def test_neither_a_ban_nor_a_switch_keeps_anybody_in(visitor: Visitor, ann: Any) -> None:
    visitor.sign_in()
    ann.is_active = False
    ann.save()
    with switched_on(GLOBAL):
        assert visitor.post("/sign-out").status_code == 200
    assert not UserSession.objects.exists()


def test_a_log_out_forgets_what_djangos_session_holds(visitor: Visitor) -> None:
    visitor.sign_in()
    kept = visitor.browser.session
    kept["basket"] = ["apples"]
    kept.save()
    visitor.browser.cookies["sessionid"] = kept.session_key
    visitor.post("/sign-out")
    assert not Session.objects.exists()


def test_a_session_that_has_begun_otherwise(visitor: Visitor) -> None:
    visitor.who()
    answer = visitor.post("/register")
    assert 3590 <= int(answer.cookies[COOKIE]["max-age"]) <= 3600
    assert visitor.who()["user"] == "ann"
    assert visitor.post("/register", scoped="yes").status_code == 500


@pytest.mark.ratelimited
def test_a_refusal_that_the_view_does_not_catch_is_a_page(visitor: Visitor) -> None:
    visitor.who()
    statuses = [visitor.post("/careless-sign-in", password="guess").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 429]
