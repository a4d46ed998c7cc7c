"""Sessions of the console beside all others: REST, the admin, the command line, the cap."""

import json
import uuid
from io import StringIO
from typing import Any, cast

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from killswitches.registry import registry
from killswitches.testing import switched_on
from sessions_api.fastpath.live_sessions import find_live_session
from sessions_api.models import SessionKind, UserSession
from sessions_api.scopes import Scope
from sessions_api.tokens.sessions import issue_session_token
from tests.admin_paths import INDEX, SESSIONS, USERS
from tests.api import Api
from tests.browser import page_of
from tests.sessions_api.http.console.console import Console, new_browser

pytestmark = pytest.mark.django_db

NAME = "Console: Firefox v140 on Linux"


class TestRest:
    def test_lists_it_as_a_full_session(self, sams: Console, log_in: Any) -> None:
        own, row = log_in(sams.user), sams.row
        listed = own.api("GET", "/users/me/sessions").json()
        assert listed["count"] == 2
        assert {"id": row.sid, "name": NAME} in listed["items"]
        shown = own.api("GET", f"/users/me/sessions/{row.sid}").json()
        assert (shown["name"], shown["permissionFlags"]) == (NAME, None)
        assert own.api("GET", f"/users/{sams.user.pk}/sessions").json()["count"] == 2

    @pytest.mark.parametrize(
        ("prefix", "path"),
        [
            ("/api/v3", "/user/sessions"),
            ("/api/v4", "/users/me/sessions"),
            ("/api/wolfpal", "/sessions"),
        ],
    )
    def test_in_every_dialect(self, sams: Console, log_in: Any, prefix: str, path: str) -> None:
        own = Api(prefix, log_in(sams.user).token)
        answer = own("GET", path)
        assert answer.status_code == 200
        assert str(sams.row.sid) in answer.content.decode()


class TestNoToken:
    def test_not_even_one_of_ours(self, sams: Console) -> None:
        row = sams.row
        for jti in (uuid.UUID(int=0), uuid.uuid4()):
            token = issue_session_token(
                sub=str(row.user_id),
                sid=row.sid,
                expires_at=row.expires_at,
                jti=jti,
                name=row.name,
            )
            assert Api(token=token)("GET", "/users/me/sessions/me").status_code == 401

    def test_nor_an_empty_id(self, sams: Console) -> None:
        row, none = sams.row, cast(uuid.UUID, None)
        assert find_live_session(row.user_id, row.sid, none, row.created_at) is None

    def test_the_cookie_opens_nothing_of_the_api(self, sams: Console) -> None:
        for path in ("/users/me/sessions/me", "/users/me/sessions"):
            assert sams.browser.get(f"/api/v5{path}").status_code == 401


class TestCap:
    def test_it_counts_for_none_and_is_none(self, sams: Console, staff: Any, log_in: Any) -> None:
        capped = {"SESSIONS_PER_USER": 1, "SCOPED_SESSIONS_PER_USER": 1}
        with override_settings(SESSIONS_API=settings.SESSIONS_API | capped):
            log_in(staff)
            others = [Console(staff) for _ in range(3)]
            assert all(one.is_inside for one in [sams, *others])
        capped["END_EXCESS_SESSIONS"] = True
        with override_settings(SESSIONS_API=settings.SESSIONS_API | capped):
            log_in(staff)
            assert all(one.is_inside for one in [sams, *others])
            assert UserSession.objects.filter(SessionKind.FULL.condition).count() == 1


class TestSwitches:
    def test_none_closes_it(self, sams: Console, staff: Any) -> None:
        with switched_on(*registry):
            assert sams.is_inside
            assert Console(staff).is_inside


class TestAdmin:
    def test_shows_the_kind(self, sams: Console, root: Any) -> None:
        browser = Console(root).browser
        page = browser.get(SESSIONS).content.decode()
        assert NAME in page
        assert "console" in browser.get(page_of(sams.row)).content.decode()
        assert "console" in browser.get(f"{USERS}{sams.user.pk}/change/").content.decode()

    def test_filters_by_kind(self, sams: Console, log_in: Any) -> None:
        full, scoped = log_in(sams.user), log_in(sams.user, permission_flags=Scope.FILE_READ)
        found = {
            kind: [
                one.pk
                for one in sams.browser.get(SESSIONS, {"kind": kind}).context["cl"].result_list
            ]
            for kind in ("full", "scoped", "console", "other")
        }
        wanted = {"full": [full], "scoped": [scoped], "console": [sams.row], "other": []}
        assert found == {
            kind: [getattr(one, "session", one).pk for one in rows] for kind, rows in wanted.items()
        }


class TestCommandLine:
    def test_lists_by_kind(self, sams: Console, log_in: Any) -> None:
        log_in(sams.user)
        out = StringIO()
        call_command("sessions", "list", "--console", "--json", stdout=out)
        (line,) = out.getvalue().splitlines()
        found = json.loads(line)
        assert (found["id"], found["kind"], found["scopes"]) == (sams.row.sid, "console", None)


class TestQueries:
    def count(self, desk: Console) -> int:
        desk.browser.get(INDEX)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert desk.browser.get(INDEX).status_code == 200
        return len(captured)

    def test_a_page_takes_one_more(self, sams: Console, staff: Any) -> None:
        with_row = self.count(sams)
        with override_settings(SESSIONS_API=settings.SESSIONS_API | {"CONSOLE_SESSIONS": False}):
            without = self.count(Console(staff))
        assert with_row == without + 1

    def test_a_page_for_strangers_takes_none(self, sams: Console) -> None:
        stranger = new_browser()
        stranger.get("/")
        with CaptureQueriesContext(connection) as captured:
            stranger.get(INDEX)
        assert len(captured) == 0
