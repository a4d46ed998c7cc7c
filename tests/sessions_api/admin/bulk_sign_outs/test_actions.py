"""Ending sessions in the admin: permissions, concurrent changes and forged requests."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.bulk_sign_outs.criteria import matching
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.session_previews import preview
from tests.admin_paths import SESSIONS
from tests.api import Login
from tests.browser import alive, browser_of, confirm, expire, page_of, said, select

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
END = f"{SESSIONS}end/"
CONFIRMED = f"{END}confirmed/"
NOTHING = "No active session matches; nothing was changed."
ACTIONS = ["delete_selected", "end_all_of_owners", "end_all_others"]


class TestEndedMeanwhile:
    """Somebody else ended the sessions, before the page was opened or before it was submitted."""

    def test_a_session_that_ended_before_its_page_was_opened(
        self, desk: Browser, ann: Any, log_in: LogIn
    ) -> None:
        gone = log_in(ann).session
        UserSession.objects.all().delete()
        for view in ("delete", "end_others"):
            page = desk.get(page_of(UserSession(pk=gone.pk or 1), view), follow=True)
            assert "Perhaps it was deleted?" in said(page)

    def test_a_session_that_ended_after_its_page_was_opened_is_audited_once(
        self, desk: Browser, ann: Any, log_in: LogIn
    ) -> None:
        page = desk.get(page_of(log_in(ann).session, "delete"))
        UserSession.objects.all().delete()
        told = f"1 selected session had already ended. {NOTHING}"
        for _ in range(2):
            assert said(confirm(desk, page)) == told
        assert not AuditEvent.objects.filter(kind="sessions_ended").exists()

    def test_a_confirmation_that_is_posted_twice_has_an_effect_once(
        self, desk: Browser, ann: Any, log_in: LogIn
    ) -> None:
        page = desk.get(page_of(log_in(ann).session, "delete"))
        assert said(confirm(desk, page)) == "Ended 1 session."
        assert NOTHING in said(confirm(desk, page))
        assert AuditEvent.objects.filter(kind="sessions_ended").count() == 1

    @pytest.mark.parametrize("action", ACTIONS)
    def test_all_selected_sessions_have_ended(
        self, desk: Browser, ann: Any, log_in: LogIn, action: str
    ) -> None:
        posted = select(action, log_in(ann).session, index=0)
        UserSession.objects.all().delete()
        page = desk.post(SESSIONS, posted, follow=True)
        assert said(page) == f"1 selected session had already ended. {NOTHING}"

    def test_some_of_the_selected_sessions_have_ended(
        self, desk: Browser, ann: Any, log_in: LogIn
    ) -> None:
        gone, expired, login = log_in(ann), log_in(ann), log_in(ann)
        chosen = [one.session for one in (gone, expired, login)]
        page = desk.post(SESSIONS, select("delete_selected", *chosen, index=0))
        expire(expired)
        gone.session.delete()
        assert said(confirm(desk, page)) == (
            "2 selected sessions had already ended. Ended 1 session."
        )
        assert alive(login) == [False]

    def test_there_is_no_confirmation_if_nothing_would_end(
        self, desk: Browser, ann: Any, log_in: LogIn
    ) -> None:
        page = desk.get(page_of(log_in(ann).session, "delete"))
        UserSession.objects.all().delete()
        page = confirm(desk, page, reason="")
        assert NOTHING in said(page)
        assert page.redirect_chain[-1][0].startswith(SESSIONS)


class TestPermissions:
    def test_view_permission_is_not_enough(
        self, staff: Any, desk: Browser, ann: Any, log_in: LogIn
    ) -> None:
        login = log_in(ann)
        page = desk.get(page_of(login.session, "delete"))
        staff.user_permissions.clear()
        window = browser_of(staff, "view_usersession")
        listed = window.get(SESSIONS)
        assert listed.status_code == 200
        assert b"_selected_action" not in listed.content
        assert END not in listed.content.decode()
        shown = window.get(page_of(login.session)).content
        assert b"End this session" not in shown
        assert b"other sessions" not in shown

        for action in ACTIONS:
            assert window.post(SESSIONS, select(action, login.session)).status_code == 403
        for url in (
            END,
            page_of(login.session, "delete"),
            page_of(login.session, "end_others"),
            f"{SESSIONS}of/{ann.pk}/end/",
            f"{SESSIONS}of/0/end/",
        ):
            assert window.get(url).status_code == 403
            assert window.post(url).status_code == 403
        assert confirm(window, page).status_code == 403
        assert alive(login) == [True]

    def test_only_superusers_end_sessions_of_superusers(
        self, desk: Browser, root: Any, ann: Any, log_in: LogIn
    ) -> None:
        power, plain = log_in(root), log_in(ann)
        for url in (
            page_of(power.session, "delete"),
            page_of(power.session, "end_others"),
            f"{SESSIONS}of/{root.pk}/end/",
        ):
            assert desk.get(url).status_code == 403
        left = "Skipped (only superusers can end these): 1"
        for action in ACTIONS[:2]:
            page = desk.post(SESSIONS, select(action, power.session, index=0), follow=True)
            assert said(page) == f"{left} {NOTHING}"
        page = desk.get(END)
        assert said(page) == left
        assert said(confirm(desk, page, everybody="everybody")) == (f"{left} Ended 1 session.")
        assert alive(power, plain) == [True, False]

        browser = browser_of(root)
        confirm(browser, browser.get(page_of(power.session, "delete")))
        assert alive(power) == [False]

    def test_a_user_promoted_in_the_meantime_is_skipped(
        self, desk: Browser, ann: Any, log_in: LogIn
    ) -> None:
        login = log_in(ann)
        page = desk.get(page_of(login.session, "delete"))
        type(ann).objects.filter(pk=ann.pk).update(is_superuser=True)
        assert NOTHING in said(confirm(desk, page))
        assert alive(login) == [True]


class TestForgedRequests:
    @pytest.mark.parametrize("key", ["rubbish", "9" * 30, "1\x00", "", "-1e5"])
    def test_forged_keys_end_nothing(
        self, desk: Browser, ann: Any, log_in: LogIn, key: str
    ) -> None:
        login = log_in(ann)
        posted = select("delete_selected", index=0) | {"_selected_action": key}
        assert desk.post(SESSIONS, posted).status_code == 400
        assert alive(login) == [True]

    @pytest.mark.parametrize(
        "criteria",
        [
            "",
            "rubbish",
            "[" * 100_000,
            "{}",
            '"\\ud800"',
            {"kind": "sessions", "pks": []},
            {"kind": "sessions", "pks": ["x"]},
            {"kind": "sessions", "pks": [None]},
            {"kind": "sessions", "pks": [[]]},
            {"kind": "sessions", "pks": [10**30]},
            {"kind": "sessions", "pks": list(range(1001))},
            {"kind": "users", "ids": ["1"]},
            {"kind": "users", "ids": [1], "keep": []},
            {"kind": "users", "ids": ["x\x00"], "keep": []},
            {"kind": "users", "ids": [], "keep": []},
            {"kind": "users", "ids": ["1"], "keep": [{}]},
            {"kind": "filter", "query": None},
            {"kind": "search"},
            {"kind": "filter", "query": "q=%00"},
            {"kind": "filter", "query": "jti=1"},
            {"kind": "filter", "query": "user__password__startswith=a"},
            {"kind": "filter", "query": "used_at__gte=rubbish"},
            {"kind": "filter", "query": "&".join(["q=1"] * 2000)},
        ],
    )
    def test_forged_criteria_end_nothing(
        self, desk: Browser, ann: Any, log_in: LogIn, criteria: Any
    ) -> None:
        login = log_in(ann)
        text = criteria if isinstance(criteria, str) else json.dumps(criteria)
        posted = {
            "criteria": text,
            "confirmation": str(uuid4()),
            "back": SESSIONS,
            "reason": "a drill",
            "everybody": "everybody",
        }
        assert desk.post(CONFIRMED, posted).status_code == 400
        assert alive(login) == [True]

    @pytest.mark.parametrize(
        "hidden", [{"confirmation": "1"}, {"confirmation": ""}, {"back": ""}, {"back": "\x00"}]
    )
    def test_forged_confirmations_end_nothing(
        self, desk: Browser, ann: Any, log_in: LogIn, hidden: Any
    ) -> None:
        login = log_in(ann)
        page = desk.get(page_of(login.session, "delete"))
        assert confirm(desk, page, **hidden).status_code == 400
        assert alive(login) == [True]

    @pytest.mark.parametrize("query", ["q=%00", "jti=1", "used_at__gte=rubbish", "state=rubbish"])
    def test_forged_filters_end_nothing(self, desk: Browser, me: Login, query: str) -> None:
        page = desk.get(f"{END}?{query}", follow=True)
        assert page.status_code == 400 or NOTHING in said(page)
        assert alive(me) == [True]

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:1"])
    def test_forged_return_paths_lead_to_the_list(
        self, desk: Browser, ann: Any, log_in: LogIn, back: str
    ) -> None:
        page = desk.get(page_of(log_in(ann).session, "delete"))
        assert confirm(desk, page, back=back).redirect_chain == [(SESSIONS, 302)]

    def test_more_than_can_be_selected_ends_nothing(
        self, desk: Browser, ann: Any, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sessions_api.admin.bulk_sign_outs.criteria.MAX_SELECTED", 1)
        monkeypatch.setattr("sessions_api.admin.bulk_sign_outs.confirmation.MAX_SELECTED", 1)
        chosen = [log_in(ann).session, log_in(ann).session]
        assert desk.post(SESSIONS, select("delete_selected", *chosen)).status_code == 400
        page = desk.post(SESSIONS, select("end_all_others", *chosen), follow=True)
        assert said(page) == "Nothing was ended. Select at most 1."


@pytest.mark.parametrize(("username", "queries"), [("root", 3), ("sam", 4)])
def test_the_queries_of_a_preview(
    root: Any, staff: Any, me: Login, username: str, queries: int
) -> None:
    """The numbers of all sessions, of the actor's own and of superusers', and the sample."""
    actor = {"root": root, "sam": staff}[username]
    with CaptureQueriesContext(connection) as captured:
        assert preview(actor, UserSession.objects.all()).sample == [me.session]
    asked = [one["sql"] for one in captured if not one["sql"].startswith("EXPLAIN")]
    assert len(asked) == queries


@pytest.mark.parametrize(
    "query", ["", "os=Linux&kind=full", "state=expired", "used_at__isnull=True"]
)
def test_a_filter_is_described_without_reading_the_list(
    root: Any, me: Login, rf: RequestFactory, query: str
) -> None:
    request = rf.post("/admin/")
    request.user = root
    with CaptureQueriesContext(connection) as captured:
        sessions = matching(query).sessions(admin.site, request)
    assert len(captured) == 0
    assert list(sessions) == ([] if query == "state=expired" else [me.session])
    assert request.GET == {}


def test_the_number_of_queries_does_not_depend_on_the_number_of_sessions(
    desk: Browser, ann: Any, bob: Any, log_in: LogIn
) -> None:
    def queries(count: int) -> tuple[int, int]:
        sessions = [log_in(user).session for user in (ann, bob) for _ in range(count)]
        with CaptureQueriesContext(connection) as asking:
            page = desk.post(SESSIONS, select("end_all_of_owners", *sessions, index=0))
        with CaptureQueriesContext(connection) as doing:
            confirm(desk, page)
        assert not UserSession.objects.exists()
        return len(asking), len(doing)

    assert queries(1) == queries(15)
