"""Logging in and out."""

import json
from typing import Any

import pytest

from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from tests.api import Api
from tests.cast import PASSWORD
from tests.sessions_api.account.visitor import LOGIN, LOGOUT, SESSIONS, Visitor
from tests.sessions_api.http.cookies.page import GOOD

pytestmark = pytest.mark.django_db

SECOND = f"{LOGIN}second-factor/"
WRONG = "Wrong name or password."


def test_it_begins_a_session_like_any_other(visitor: Visitor) -> None:
    visitor.log_in(remember="on")
    session = UserSession.objects.get()
    assert (session.dialect, session.user.username) == ("pages", "ann")
    assert (session.expires_at - session.created_at).days > 3650
    assert [event.kind for event in AuditEvent.objects.all()] == ["login"]
    assert Api(token=visitor.token)("GET", "/users/me/sessions/me").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"username": "ann", "password": "guess"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "ann\x00", "password": PASSWORD},
        {"username": "ann", "password": "x\x00"},
        {"username": "x" * 300, "password": "x"},
        {"username": "ann", "password": "x" * 5000},
        {"username": " ", "password": ""},
        {"username": "<script>alert(1)</script>", "password": "x"},
    ],
)
def test_what_fails_says_not_why(visitor: Visitor, form: Any) -> None:
    visitor.open(LOGIN)
    page = visitor.send(LOGIN, **form)
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
    assert form["password"] not in page.content.decode() or len(form["password"]) < 2
    assert not visitor.is_logged_in


def test_a_banned_user(visitor: Visitor, carol: Any) -> None:
    visitor.open(LOGIN)
    visitor.send(LOGIN, username="carol", password=PASSWORD)
    assert "Your account is banned" in visitor.text
    visitor.send(LOGIN, username="carol", password="guess")
    assert WRONG in visitor.text


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "http://testserver/",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\\evil.example",
        " //evil.example",
        "https:evil.example",
        "",
    ],
)
def test_next_leads_nowhere_else(visitor: Visitor, url: str) -> None:
    visitor.open(LOGIN, QUERY_STRING=f"next={url}")
    page = visitor.send(LOGIN, username="ann", password=PASSWORD, next=url)
    assert page["Location"] == SESSIONS
    assert visitor.browser.get(LOGIN, {"next": url}, secure=True)["Location"] == SESSIONS


def test_next_leads_back(visitor: Visitor) -> None:
    visitor.open(f"{SESSIONS}?before=7")
    visitor.follow()
    page = visitor.send(LOGIN, username="ann", password=PASSWORD)
    assert page["Location"] == f"{SESSIONS}?before=7"


class TestASecondFactor:
    def test_a_code(self, visitor: Visitor, ann: Any, enrol_app: Any) -> None:
        app = enrol_app(ann)
        app.next_code()
        visitor.open(f"{LOGIN}?next=/account/password/")
        visitor.send(LOGIN, username="ann", password=PASSWORD, remember="on")
        assert visitor.page.status_code == 200
        assert not UserSession.objects.exists()
        visitor.send(SECOND, code="000000")
        assert "That was not accepted" in visitor.text
        visitor.send(SECOND, code=app.code())
        assert visitor.page["Location"] == "/account/password/"
        assert visitor.is_logged_in
        session = UserSession.objects.get()
        assert (session.expires_at - session.created_at).days > 3650

    def test_a_backup_code_works_once(self, visitor: Visitor, ann: Any, enrol_app: Any) -> None:
        app = enrol_app(ann)
        for expected in (302, 200):
            visitor.open(LOGIN)
            if expected == 200:
                visitor = Visitor()
                visitor.open(LOGIN)
            visitor.send(LOGIN, username="ann", password=PASSWORD)
            assert visitor.send(SECOND, code=app.backup_codes[0]).status_code == expected

    def test_a_security_key(self, visitor: Visitor, ann: Any, enrol_key: Any) -> None:
        key = enrol_key(ann)
        visitor.open(LOGIN)
        visitor.send(LOGIN, username="ann", password=PASSWORD)
        options = visitor.page.context["options"]
        response = json.dumps(key.get(options))
        assert visitor.send(SECOND, response=response).status_code == 302
        assert visitor.is_logged_in

    @pytest.mark.parametrize(
        "fields",
        [
            {"token": "x"},
            {"token": ""},
            {"response": "{"},
            {"response": "[" * 10_000},
            {"response": "{}"},
            {"response": "null"},
            {"code": "1" * 70},
            {"code": "\x00"},
            {"code": "\u0660" * 6},
            {"response": "x" * 20_000},
            {"token": "x" * 20_000},
        ],
    )
    def test_garbage(self, visitor: Visitor, ann: Any, enrol_app: Any, fields: Any) -> None:
        enrol_app(ann)
        visitor.open(LOGIN)
        visitor.send(LOGIN, username="ann", password=PASSWORD)
        assert visitor.send(SECOND, **{"code": "123456"} | fields).status_code in (200, 302)
        assert not UserSession.objects.exists()

    def test_the_challenge_of_another_purpose(
        self, visitor: Visitor, ann: Any, enrol_app: Any
    ) -> None:
        app = enrol_app(ann)
        app.next_code()
        visitor.open(LOGIN)
        visitor.send(LOGIN, username="ann", password=PASSWORD)
        api = Api()
        stolen = api("POST", "/login", GOOD).json()["token"]
        # The login's own is for every login.
        assert visitor.send(SECOND, token=stolen, code=app.code()).status_code == 302


class TestRates:
    @pytest.mark.ratelimited
    def test_only_failures_count(self, visitor: Visitor, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"RATES": {"BURST": (100, 1)}}
        for _ in range(6):
            visitor.log_in()
            visitor.send(LOGOUT)
        visitor.open(LOGIN)
        for _ in range(4):
            assert visitor.send(LOGIN, username="ann", password="guess").status_code == 200
        refused = visitor.send(LOGIN, username="ann", password=PASSWORD)
        assert refused.status_code == 429
        assert 0 < int(refused["Retry-After"]) <= 300
        assert "Too many attempts" in visitor.text
        assert Api()("POST", "/login", GOOD).status_code == 429

    @pytest.mark.ratelimited
    @pytest.mark.parametrize(
        ("path", "form", "status"),
        [
            (LOGIN, {"username": "ann"}, 200),
            (SECOND, {"token": "x", "code": "1" * 100}, 302),
            (LOGIN, {"csrfmiddlewaretoken": "x"}, 403),
            (SESSIONS, {"csrfmiddlewaretoken": "x"}, 403),
        ],
    )
    def test_what_gets_nowhere_counts(
        self, visitor: Visitor, settings: Any, path: str, form: Any, status: int
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"RATES": {"GENERAL": (3, 60)}}
        visitor.open(LOGIN)
        form = {"csrfmiddlewaretoken": visitor.browser.cookies["csrftoken"].value} | form
        for expected in (status, status, 429):
            assert visitor.post(path, form).status_code == expected
        assert int(visitor.page["Retry-After"]) > 0

    @pytest.mark.ratelimited
    def test_wrong_methods_count(self, visitor: Visitor, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"RATES": {"GENERAL": (2, 60)}}
        ask = visitor.browser.put
        assert [ask(SESSIONS, secure=True).status_code for _ in range(3)] == [405, 405, 429]

    @pytest.mark.ratelimited
    def test_a_rate_is_not_mistaken_for_a_lapsed_challenge(
        self, visitor: Visitor, settings: Any
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"RATES": {"BURST": (100, 1)}}
        visitor.open(LOGIN)
        form = {"csrfmiddlewaretoken": visitor.browser.cookies["csrftoken"].value}
        garbage = form | {"token": "x", "code": "123456"}
        statuses = [visitor.post(SECOND, garbage).status_code for _ in range(5)]
        assert statuses == [302, 302, 302, 302, 429]
        assert "Too many attempts" in visitor.text


@pytest.mark.parametrize("switch", [ACCOUNT_LOGIN, GLOBAL])
def test_switches(visitor: Visitor, switch: Any) -> None:
    visitor.open(LOGIN)
    with switched_on(switch):
        assert visitor.send(LOGIN, username="ann", password=PASSWORD).status_code == 503
        assert "Not available at the moment" in visitor.text
        assert visitor.send(LOGIN, username="ann").status_code == 503
        assert visitor.open(LOGIN).status_code == 503
    assert not UserSession.objects.exists()


def test_a_scoped_session_opens_no_page(visitor: Visitor, ann: Any, log_in: Any) -> None:
    scoped = log_in(ann, permission_flags=int(Scope.ALL))
    visitor.browser.cookies["session_token"] = scoped.token
    assert not visitor.is_logged_in


def test_logging_out(anns: Visitor) -> None:
    anns.open()
    assert anns.open(LOGOUT)["Location"] == SESSIONS
    anns.open()
    assert anns.send(LOGOUT)["Location"] == LOGIN
    assert not UserSession.objects.exists()
    anns.follow()
    assert "You are logged out." in anns.text
