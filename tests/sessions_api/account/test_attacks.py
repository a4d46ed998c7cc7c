"""What the pages withstand: forged, framed, planted, replayed, garbled, and at the same time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.registry import ACCOUNT_MODIFY, GLOBAL
from killswitches.testing import switched_on
from sessions_api.models import UserSession
from tests.api import is_dead
from tests.cast import PASSWORD
from tests.sessions_api.account.visitor import LOGIN, LOGOUT, SESSIONS, Visitor
from tests.statements import statements

pytestmark = pytest.mark.django_db

END_ALL = f"{SESSIONS}sessions/end-all/"
PAGES = (SESSIONS, END_ALL, "/account/password/", f"{SESSIONS}sessions/1/not-me/")


class TestForgeries:
    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://testserver.evil"])
    def test_a_form_of_another_site(self, anns: Visitor, other: Any, origin: str) -> None:
        anns.open(END_ALL)
        assert anns.send(END_ALL, origin=origin).status_code == 403
        assert "This page was out of date" in anns.text
        assert not is_dead(other)

    def test_a_form_without_the_token(self, anns: Visitor, other: Any) -> None:
        for path in (END_ALL, f"{SESSIONS}sessions/{other.session.sid}/end/", LOGOUT):
            assert anns.post(path, {}).status_code == 403
        assert not is_dead(other)
        assert anns.is_logged_in

    def test_a_login_to_the_attackers_account(self, visitor: Visitor, bob: Any) -> None:
        visitor.open(LOGIN)
        forged = {"username": "bob", "password": PASSWORD}
        assert visitor.post(LOGIN, forged, origin="https://evil.example").status_code == 403
        assert visitor.post(LOGIN, forged).status_code == 403
        assert not UserSession.objects.exists()

    def test_a_link_changes_nothing(self, anns: Visitor, other: Any) -> None:
        end = f"{SESSIONS}sessions/{other.session.sid}/end/"
        for path in (end, f"{END_ALL}?include-self=true", LOGOUT, f"{LOGIN}second-factor/"):
            anns.open(path)
        assert not is_dead(other)
        assert anns.is_logged_in

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
    def test_other_methods(self, anns: Visitor, method: str) -> None:
        answer = anns.browser.generic(method, END_ALL, secure=True)
        assert answer.status_code in (403, 405)
        assert anns.is_logged_in


class TestHeaders:
    @pytest.mark.parametrize("path", [*PAGES, LOGIN, LOGOUT, "/account/sessions/1/end/"])
    def test_every_response_is_protected(self, anns: Visitor, path: str) -> None:
        for visitor in (anns, Visitor()):
            page = visitor.open(path)
            policy = page["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert page["X-Frame-Options"] == "DENY"
            assert page["Cache-Control"] == "no-store"
            assert "Cookie" in page["Vary"]

    @pytest.mark.parametrize("path", [*PAGES, LOGIN])
    def test_everything_that_is_loaded_has_the_nonce(self, anns: Visitor, path: str) -> None:
        visitor = Visitor() if path == LOGIN else anns
        nonces = set()
        for _ in range(2):
            page = visitor.open(path)
            html = page.content.decode()
            nonce = page["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
            nonces.add(nonce)
            assert html.count("<script") + html.count("<link ") == html.count(f'nonce="{nonce}"')
            assert " style=" not in html
            assert not [word for word in html.split() if word.startswith(("onclick", "onload"))]
        assert len(nonces) == 2


class TestCookies:
    @pytest.mark.parametrize(
        "value", ["x", "", "a.b.c", "x" * 9000, "\u00e9", "eyJhbGciOiJub25lIn0.e30.", "%00"]
    )
    def test_garbage(self, visitor: Visitor, value: str) -> None:
        visitor.browser.cookies["session_token"] = value
        for path in PAGES:
            assert visitor.open(path).status_code == 302
        visitor.open(LOGIN)
        assert visitor.send(LOGIN, username="ann", password=PASSWORD).status_code == 302

    def test_a_planted_session_is_not_kept(self, visitor: Visitor, bobs: Any) -> None:
        visitor.browser.cookies["session_token"] = bobs.token
        visitor.browser.get(LOGIN, secure=True)
        # Bob is shown his own pages; whoever logs in gets a session of their own.
        visitor.open()
        visitor.browser.cookies.pop("session_token")
        visitor.log_in()
        assert visitor.token != bobs.token

    def test_two_of_them_count_as_none(self, anns: Visitor, bobs: Any) -> None:
        both = f"session_token={anns.token}; session_token={bobs.token}"
        page = Visitor().open(SESSIONS, HTTP_COOKIE=both)
        assert page.status_code == 302

    def test_a_header_beats_it(self, anns: Visitor, bobs: Any) -> None:
        assert anns.open(SESSIONS, HTTP_AUTHORIZATION="Basic x").status_code == 302
        assert anns.open(SESSIONS, HTTP_AUTHORIZATION=bobs.token).status_code == 302

    def test_the_api_ignores_it(self, anns: Visitor) -> None:
        assert anns.browser.get("/api/users/me/sessions", secure=True).status_code == 401
        login = {"username": "ann", "password": PASSWORD}
        answer = anns.browser.post("/api/login", login, "application/json", secure=True)
        assert answer.status_code == 201
        assert not answer.cookies


class TestHugeInputs:
    def test_too_much_data(self, anns: Visitor) -> None:
        anns.open(END_ALL)
        token = anns.browser.cookies["csrftoken"].value
        huge = {"csrfmiddlewaretoken": token, "x": "x" * 3_000_000}
        assert anns.post(END_ALL, huge).status_code in (400, 413)
        many = {"csrfmiddlewaretoken": token} | {f"x{n}": "" for n in range(2000)}
        assert anns.post(END_ALL, many).status_code == 400
        assert anns.is_logged_in

    def test_a_form_that_cannot_be_read(self, anns: Visitor) -> None:
        answer = anns.browser.generic(
            "POST",
            END_ALL,
            b"x",
            "multipart/form-data",
            secure=True,
            HTTP_ORIGIN="https://testserver",
        )
        assert answer.status_code in (400, 403)
        assert anns.is_logged_in

    @pytest.mark.parametrize("before", ["x", "0", "9" * 50, "-1", "1;2"])
    def test_pages_of_the_list(self, anns: Visitor, before: str) -> None:
        assert anns.open(f"{SESSIONS}?before={before}").status_code == 200


class TestSwitches:
    def test_everybody_waits_but_staff(self, anns: Visitor, staff: Any) -> None:
        desk = Visitor().log_in("sam")
        with switched_on(GLOBAL):
            for path in PAGES:
                assert anns.open(path).status_code == 503
                assert "Not available at the moment" in anns.text
                assert desk.open(path).status_code == 200
        with switched_on(ACCOUNT_MODIFY):
            assert anns.open(END_ALL).status_code == 200
            assert anns.send(END_ALL).status_code == 503
        assert anns.is_logged_in

    def test_a_ban(self, anns: Visitor, ann: Any) -> None:
        anns.open()
        ann.is_active = False
        ann.save()
        for path in (SESSIONS, LOGIN):
            assert anns.open(path).status_code == 403
            assert "Your account is banned" in anns.text
        # Others who use the browser can log in then.
        assert anns.send(LOGOUT)["Location"] == LOGIN
        assert anns.open(LOGIN).status_code == 200


class TestQueries:
    @pytest.mark.parametrize(
        ("path", "count"),
        [
            # The session, its last use, a page of the list, the number.
            (SESSIONS, 3),
            (END_ALL, 2),
            # The types of the user's second factors.
            ("/account/password/", 2),
            (f"{SESSIONS}sessions/1/not-me/", 3),
        ],
    )
    def test_of_each_page(
        self, anns: Visitor, log_in: Any, ann: Any, path: str, count: int
    ) -> None:
        for number in range(3):
            log_in(ann, name=f"Device {number}")
        anns.open(path)
        with CaptureQueriesContext(connection) as captured:
            anns.open(path)
        assert len(statements(captured)) == count

    def test_of_the_login_page(self, visitor: Visitor) -> None:
        with CaptureQueriesContext(connection) as captured:
            visitor.open(LOGIN)
        assert len(statements(captured)) == 1

    def test_of_ending_one(self, anns: Visitor, other: Any) -> None:
        anns.open()
        with CaptureQueriesContext(connection) as captured:
            anns.send(f"{SESSIONS}sessions/{other.session.sid}/end/")
        assert len(statements(captured)) == 3


def test_many_sessions(anns: Visitor, ann: Any, log_in: Any) -> None:
    # A second apart, for the list is in the order of the ids.
    now = timezone.now() - timedelta(hours=1)
    for number in range(25):
        log_in(ann, name=f"Device {number}.", now=now + timedelta(seconds=number))
    anns.open()
    assert "You are logged in 26 times." in anns.text
    assert "Device 24." in anns.text
    assert "Device 4." not in anns.text
    older = f"?before={anns.page.context['older']}"
    anns.open(f"{SESSIONS}{older}")
    assert "Device 4." in anns.text
    assert "Device 5." not in anns.text
    assert "This device" not in anns.text
