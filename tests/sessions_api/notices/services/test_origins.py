"""From where users log in: what is new, what is known, and what is forgotten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from sessions_api.callers.clients import Client
from sessions_api.notices.models import KnownOrigin, Notice
from sessions_api.notices.services.origins import MOST_KNOWN, ORIGIN_RETENTION
from sessions_api.services.audit import Actor
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.services.sessions import end_all_sessions
from sessions_api.testing import frozen_clock
from tests.api import Api, Login
from tests.browser import browser_of, select
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

Visit = Callable[..., list[str]]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}) Gecko/20100101 Firefox/{0}"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {0} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def visit(ann: Any, log_in: Callable[..., Login]) -> Visit:
    """A function that logs ann in; returns what she is told is new of it."""

    def enter(user_agent: str, address: str | None = "198.51.100.7", user: Any = None) -> list[str]:
        before = Notice.objects.count()
        log_in(user or ann, client=Client(address=address, user_agent=user_agent))
        if Notice.objects.count() == before:
            return []
        new: list[str] = Notice.objects.latest("created_at").detail["new"]
        return new

    return enter


def test_the_first_login_ever_is_not_told(visit: Visit) -> None:
    assert visit("curl/8.0") == []
    assert visit("Wget/1.21") == ["device"]


def test_what_was_told_once_is_known(visit: Visit) -> None:
    visit("curl/8.0")
    assert visit("Wget/1.21", "203.0.113.9") == ["device", "place"]
    for user_agent in ("curl/8.0", "Wget/1.21"):
        for address in ("198.51.100.7", "203.0.113.9"):
            assert visit(user_agent, address) == []


def test_an_update_is_no_new_device(visit: Visit) -> None:
    visit(FIREFOX.format("140.0"))
    assert visit(FIREFOX.format("141.0")) == []
    assert visit(PHONE.format("18_0")) == ["device"]
    assert visit(PHONE.format("19_1")) == []


@pytest.mark.parametrize(
    ("first", "then", "new"),
    [
        ("198.51.100.7", "198.51.3.9", []),
        ("198.51.100.7", "198.52.100.7", ["place"]),
        ("2001:db8::1", "2001:db8:ffff::2", []),
        ("2001:db8::1", "2001:db9::1", ["place"]),
        ("2001:db8::1", "198.51.100.7", ["place"]),
        ("198.51.100.7", None, []),
    ],
)
def test_a_network_is_a_place(visit: Visit, first: str, then: str | None, new: list[str]) -> None:
    visit("curl/8.0", first)
    assert visit("curl/8.0", then) == new


@pytest.mark.usefixtures("city_database")
def test_a_location_is_a_place_whatever_its_networks(visit: Visit) -> None:
    visit("curl/8.0", "89.160.20.113")
    assert visit("curl/8.0", "2.125.160.217") == ["place"]
    assert KnownOrigin.objects.count() == 4
    assert not KnownOrigin.objects.filter(digest__contains="Sweden").exists()


def test_of_others_nothing_is_learned(visit: Visit, make_user: Callable[..., Any]) -> None:
    dan = make_user("dan", email="dan@example.com")
    visit("curl/8.0")
    visit("Wget/1.21", user=dan)
    assert visit("Wget/1.21") == ["device"]
    assert visit("curl/8.0", user=dan) == ["device"]


class TestForgetting:
    def end_all(self, ann: Any) -> None:
        end_all_sessions(ann, actor=Actor(user=ann))

    def test_after_all_sessions_have_ended_even_the_usual_is_told(
        self, visit: Visit, ann: Any
    ) -> None:
        visit("curl/8.0")
        self.end_all(ann)
        assert visit("curl/8.0") == ["device", "place"]
        assert visit("curl/8.0") == []

    def test_but_where_the_own_session_goes_on(self, me: Login, visit: Visit) -> None:
        visit("curl/8.0", "203.0.113.9")
        assert me.api("DELETE", "/users/me/sessions/all").status_code == 200
        assert visit(me.session.user_agent, me.session.address) == []
        assert visit("curl/8.0", "203.0.113.9") == ["device", "place"]

    def test_when_the_account_is_secured(self, visit: Visit, ann: Any, root: Any) -> None:
        visit("curl/8.0")
        secure_account(ann, actor=Actor(user=root), reason="x", mark=password_mark(ann))
        ann.refresh_from_db()
        assert visit("curl/8.0") == ["device", "place"]

    def test_from_the_shell(self, visit: Visit) -> None:
        visit("curl/8.0")
        call_command("sessions", "end", "--user", "ann", "--reason", "x", "--no-input")
        assert visit("curl/8.0") == ["device", "place"]

    def test_on_the_page_of_users(self, visit: Visit, ann: Any, root: Any) -> None:
        visit("curl/8.0")
        browser = browser_of(root)
        page = browser.post("/admin/cumulonimbus/user/", select("end_sessions", ann))
        hidden = {one.html_name: one.value() for one in page.context["form"].hidden_fields()}
        browser.post(page.context["form_url"], hidden | {"reason": "x"})
        assert visit("curl/8.0") == ["device", "place"]

    def test_not_where_only_some_end(self, me: Login, visit: Visit) -> None:
        visit("curl/8.0")
        me.api("DELETE", "/users/me/sessions/me")
        assert visit("curl/8.0") == []

    def test_what_is_not_used_for_long(self, visit: Visit) -> None:
        with frozen_clock() as clock:
            visit("curl/8.0")
            visit("Wget/1.21")
            clock.advance(ORIGIN_RETENTION - timedelta(days=1))
            assert visit("curl/8.0") == []
            clock.advance(timedelta(days=2))
            call_command("prune_sessions")
            assert visit("curl/8.0") == []
            assert visit("Wget/1.21") == ["device"]
            clock.advance(ORIGIN_RETENTION * 2)
            call_command("prune_sessions")
            # An account that has slept for a year is told, too.
            assert visit("curl/8.0") == ["device", "place"]

    def test_the_oldest_of_very_many(self, visit: Visit) -> None:
        with frozen_clock() as clock:
            for number in range(MOST_KNOWN + 5):
                visit("curl/8.0", f"10.{number}.0.1")
                clock.advance(timedelta(seconds=1))
            # And the row that says that there was a login.
            assert KnownOrigin.objects.count() == MOST_KNOWN + 1
            assert visit("curl/8.0", f"10.{MOST_KNOWN + 4}.0.1") == []
            assert visit("curl/8.0", "10.0.0.1") == ["place"]


def test_a_login_from_where_one_was_before_takes_one_query(visit: Visit, settings: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            visit("curl/8.0")
        return len(captured)

    visit("curl/8.0")
    known = queries()
    settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": ("banned",)}
    assert queries() == known - 1


def test_nothing_is_learned_where_nobody_is_told(
    bob: Any, visit: Visit, wanted: Callable[..., None]
) -> None:
    visit("curl/8.0", user=bob)  # without an email address
    wanted("new_password")
    visit("curl/8.0")
    assert not KnownOrigin.objects.exists()


class TestDjangosPages:
    """Logins by Django's cookie, to the admin for instance."""

    def log_in(self, user: Any, address: str, password: str = PASSWORD) -> None:
        form = {"username": user.username, "password": password}
        headers = {"user-agent": "curl/8.0"}
        HttpClient(REMOTE_ADDR=address, headers=headers).post("/admin/login/", form)

    @pytest.fixture
    def boss(self, root: Any) -> Any:
        root.email = "root@example.com"
        root.save()
        return root

    def test_from_elsewhere_are_told(self, boss: Any, sent: Callable[[], list[Any]]) -> None:
        self.log_in(boss, "198.51.100.7")
        self.log_in(boss, "198.51.100.7")
        assert sent() == []
        self.log_in(boss, "203.0.113.9", "wrong")
        assert sent() == []
        self.log_in(boss, "203.0.113.9")
        [letter] = sent()
        assert "from a new place" in letter.body
        assert "203.0.113.9" in letter.body

    def test_and_those_to_the_api_share_what_is_known(self, boss: Any, visit: Visit) -> None:
        self.log_in(boss, "198.51.100.7")
        assert visit("curl/8.0", "198.51.100.7", user=boss) == []
        assert visit("curl/8.0", "203.0.113.9", user=boss) == ["place"]

    def test_a_login_to_the_api_is_told_once(self, ann: Any, api: Api) -> None:
        body = {"username": "ann", "password": PASSWORD}
        for address in ("198.51.100.7", "203.0.113.9"):
            assert api("POST", "/login", body, REMOTE_ADDR=address).status_code == 201
        assert Notice.objects.count() == 1

    def test_those_of_whoever_has_no_address_cost_nothing(self, root: Any) -> None:
        self.log_in(root, "198.51.100.7")
        assert not KnownOrigin.objects.exists()
