"""Bulk sign-outs in the admin: started by a confirmation, and run from their own page."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.bulk_sign_outs import confirmation
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from sessions_api.services.session_search import SessionSearch
from tests.admin_paths import BULK_SIGN_OUTS, SESSIONS
from tests.api import Login
from tests.browser import browser_of, confirm, page_of, said
from tests.sessions_api.services.bulk_sign_outs import cut_small, make_sessions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_small")]

LogIn = Callable[..., Login]
END = f"{SESSIONS}end/"


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)


@pytest.fixture
def onlooker(make_user: Callable[..., Any]) -> Browser:
    """The browser of a staff user who may only view bulk sign-outs."""
    return browser_of(make_user("helper", is_staff=True), "view_bulksignout")


def left() -> int:
    return UserSession.objects.count()


def press(browser: Browser, page: Any, button: str = "next_batch") -> Any:
    """Press a button on the page of a bulk sign-out."""
    return browser.post(page.context[f"{button}_url"], follow=True)


def begin(browser: Browser, user: Any) -> Any:
    """Confirm to end all sessions of a user, and return the page of the bulk sign-out."""
    return confirm(browser, browser.get(f"{SESSIONS}of/{user.pk}/end/"))


def test_many_sessions_are_ended_in_batches(desk: Browser, staff: Any, ann: Any) -> None:
    make_sessions(ann, 9)
    page = begin(desk, ann)

    sign_out = BulkSignOut.objects.get()
    assert page.redirect_chain == [(f"{page_of(sign_out)}?running", 302)]
    text = page.content.decode()
    assert "All sessions of ann" in text
    assert "a drill" in text
    assert "4 of 9, 5 left" in text
    assert f"<title>{sign_out.percent} % · " in text
    assert '<progress max="100" value="' in text
    assert "data-running" in text
    assert left() == 5

    page = press(desk, page)
    assert "8 of 9" in page.content.decode()
    page = press(desk, page)
    assert page.redirect_chain == [(page_of(sign_out), 302)]
    text = page.content.decode()
    assert "9 of 9<" in text
    assert "<title>Finished · " in text
    assert 'value="100"' in text
    assert "resume" not in text
    assert left() == 0
    assert (sign_out.actor, sign_out.actor_name, sign_out.reason) == (staff, "sam", "a drill")
    events = AuditEvent.objects.filter(kind="sessions_ended", actor=staff, subject=ann)
    assert sum(len(event.detail["sessions"]) for event in events) == 9
    assert {event.detail["bulk_sign_out"] for event in events} == {sign_out.pk}


def test_a_filtered_list(desk: Browser, ann: Any, bob: Any) -> None:
    make_sessions(ann, 8, os="BeOS")
    make_sessions(bob, 8, os="Linux")
    page = confirm(desk, desk.get(f"{END}?os=BeOS"))
    make_sessions(ann, 1, os="BeOS")
    while "next_batch_url" in page.context:
        page = press(desk, page)
    assert "8 of 8" in page.content.decode()
    assert UserSession.objects.filter(os="Linux").count() == 8
    assert UserSession.objects.filter(os="BeOS").count() == 1


def test_others_can_view_and_resume_it(
    desk: Browser, onlooker: Browser, root: Any, ann: Any
) -> None:
    make_sessions(ann, 9)
    begin(desk, ann)
    sign_out = BulkSignOut.objects.get()

    shown = onlooker.get(page_of(sign_out))
    assert "not finished" in shown.content.decode()
    assert "next_batch_url" not in shown.context
    for view in ("next_batch", "cancel"):
        assert onlooker.post(page_of(sign_out, view)).status_code == 403
    assert left() == 5

    colleague = browser_of(root)
    page = colleague.get(page_of(sign_out))
    assert "data-running" not in page.content.decode()
    page = press(colleague, page)
    assert left() == 1
    actors = AuditEvent.objects.filter(kind="sessions_ended").order_by("pk")
    assert [event.actor_name for event in actors] == ["sam", "sam", "root", "root"]


def test_superusers_can_resume_one_of_the_command_line(desk: Browser, root: Any, ann: Any) -> None:
    make_sessions(ann, 9, browser="Netscape")
    make_sessions(ann, 1, browser="Mosaic")
    search = SessionSearch(browser="Netscape")
    sign_out = begin_bulk_sign_out(
        uuid4(),
        actor=Actor(name="command line (ops)"),
        reason="a drill",
        what=str(search),
        criteria=search.as_data(),
        spares_superusers=False,
        expected=9,
    )
    page = desk.get(page_of(sign_out))
    assert "command line (ops)" in page.content.decode()
    assert "browser “Netscape”" in page.content.decode()
    assert "only superusers can resume it" in said(press(desk, page))
    assert left() == 10

    colleague = browser_of(root)
    while "next_batch_url" in page.context:
        page = press(colleague, page)
    assert "9 of 9" in page.content.decode()
    assert UserSession.objects.get().browser == "Mosaic"


def test_the_list_shows_open_ones_first(
    desk: Browser, onlooker: Browser, ann: Any, bob: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            onlooker.get(BULK_SIGN_OUTS)
        return len(captured)

    make_sessions(ann, 5)
    begin(desk, ann)
    few = queries()
    for _ in range(3):
        make_sessions(bob, 3)
        begin(desk, bob)
    assert queries() == few

    page = onlooker.get(BULK_SIGN_OUTS)
    rows = [(row.what, row.is_open) for row in page.context["cl"].result_list]
    assert rows == [("All sessions of ann", True)] + [("All sessions of bob", False)] * 3
    assert "<strong>not finished</strong>" in page.content.decode()


def test_remaining_sessions_stay_active_after_stopping(desk: Browser, ann: Any) -> None:
    make_sessions(ann, 9)
    page = begin(desk, ann)
    again = press(desk, page, "cancel")
    assert said(again) == "Stopped. The remaining sessions stay active."
    assert "stopped" in again.content.decode()
    assert "next_batch_url" not in again.context
    assert said(press(desk, page, "cancel")) == "There was nothing left to stop."
    press(desk, page)
    assert left() == 5
    assert AuditEvent.objects.get(kind="bulk_sign_out_cancelled").actor_name == "sam"


def test_a_confirmation_that_is_posted_twice_starts_one(desk: Browser, ann: Any) -> None:
    make_sessions(ann, 9)
    page = desk.get(f"{SESSIONS}of/{ann.pk}/end/")
    confirm(desk, page)
    confirm(desk, page)
    assert BulkSignOut.objects.get().ended == 8
    assert left() == 1


def test_a_database_failure_interrupts_it(
    desk: Browser, ann: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("deadlock detected")

    make_sessions(ann, 9)
    with monkeypatch.context() as patch:
        patch.setattr(confirmation, "run_next_batch", fail)
        page = begin(desk, ann)
    assert said(page).startswith("The database interrupted this.")
    assert "was interrupted" in caplog.text
    text = page.content.decode()
    assert "Resume" in text
    # Otherwise the page would retry by itself again and again.
    assert "data-running" not in text
    while "next_batch_url" in page.context:
        page = press(desk, page)
    assert left() == 0


class TestSuperusers:
    """Superusers' sessions are ended only if superusers both confirm and run the bulk sign-out."""

    def sessions(self, root: Any, ann: Any) -> None:
        for _ in range(3):
            make_sessions(ann, 1)
            make_sessions(root, 1)

    def finish(self, browser: Browser) -> list[str]:
        while (sign_out := BulkSignOut.objects.get()).is_open:
            browser.post(page_of(sign_out, "next_batch"))
        return sorted(UserSession.objects.values_list("user__username", flat=True))

    def test_are_skipped_if_others_start_it(self, desk: Browser, root: Any, ann: Any) -> None:
        self.sessions(root, ann)
        confirm(desk, desk.get(END), everybody="everybody")
        assert self.finish(desk) == ["root"] * 3

    def test_are_skipped_if_others_confirmed_it(
        self, desk: Browser, root: Any, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.sessions(root, ann)
        monkeypatch.setattr("sessions_api.services.bulk_sign_outs.BATCHES", 1)
        confirm(desk, desk.get(END), everybody="everybody")
        assert left() == 5
        assert self.finish(browser_of(root)) == ["root"] * 3

    def test_only_superusers_resume_what_they_started(
        self, desk: Browser, root: Any, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Others would finish it while sessions of superusers are still active."""
        self.sessions(root, ann)
        monkeypatch.setattr("sessions_api.services.bulk_sign_outs.BATCHES", 1)
        browser = browser_of(root)
        confirm(browser, browser.get(END), everybody="everybody")
        before = left()
        page = desk.post(page_of(BulkSignOut.objects.get(), "next_batch"), follow=True)
        assert (
            said(page)
            == "Nothing was ended. It includes superusers, so only superusers can resume it."
        )
        assert (left(), BulkSignOut.objects.get().is_open) == (before, True)
        assert self.finish(browser) == []

    def test_are_ended_by_superusers(self, root: Any, ann: Any) -> None:
        self.sessions(root, ann)
        browser = browser_of(root)
        confirm(browser, browser.get(END), everybody="everybody")
        assert self.finish(browser) == []


class TestRefusals:
    def test_a_get_request_changes_nothing(self, desk: Browser, ann: Any) -> None:
        make_sessions(ann, 9)
        begin(desk, ann)
        sign_out = BulkSignOut.objects.get()
        for view in ("next_batch", "cancel"):
            assert desk.get(page_of(sign_out, view))["Location"] == BULK_SIGN_OUTS
        desk.get(f"{page_of(sign_out)}?running")
        assert left() == 5

    def test_rows_cannot_be_added_changed_or_deleted(self, root: Any, ann: Any) -> None:
        make_sessions(ann, 9)
        browser = browser_of(root)
        begin(browser, ann)
        sign_out = BulkSignOut.objects.get()
        assert browser.get(f"{BULK_SIGN_OUTS}add/").status_code == 403
        assert browser.post(page_of(sign_out), {"reason": "none"}).status_code == 403
        assert browser.post(page_of(sign_out, "delete"), {"post": "yes"}).status_code == 403

    def test_those_without_permission_see_nothing(self, staff: Any, root: Any, ann: Any) -> None:
        make_sessions(ann, 9)
        begin(browser_of(root), ann)
        browser = browser_of(staff, "view_usersession")
        for url in (BULK_SIGN_OUTS, page_of(BulkSignOut.objects.get())):
            assert browser.get(url).status_code == 403

    @pytest.mark.parametrize("key", ["0", "rubbish", "9" * 30, "1%00"])
    def test_forged_keys(self, desk: Browser, key: str) -> None:
        for view in ("change", "resume", "cancel"):
            page = desk.post(f"{BULK_SIGN_OUTS}{key}/{view}/", follow=True)
            assert page.status_code in {200, 403, 404}
            assert not BulkSignOut.objects.exists()

    @pytest.mark.parametrize(
        "criteria",
        [{"kind": "filter", "query": "colour=red"}, {"kind": "search", "colour": "red"}],
    )
    def test_stored_criteria_that_are_no_longer_valid(
        self, desk: Browser, ann: Any, criteria: dict[str, str]
    ) -> None:
        make_sessions(ann, 9)
        begin(desk, ann)
        BulkSignOut.objects.update(criteria=criteria)
        assert desk.post(page_of(BulkSignOut.objects.get(), "next_batch")).status_code == 400
        assert left() == 5

    def test_hostile_words_are_escaped(self, desk: Browser, ann: Any) -> None:
        make_sessions(ann, 9, os="<script>")
        page = desk.get(f"{END}?os=%3Cscript%3E")
        page = confirm(desk, page, reason="<script>alert(1)</script>")
        for shown in (page, desk.get(BULK_SIGN_OUTS)):
            text = shown.content.decode()
            assert "&lt;script&gt;" in text
            assert "<script>alert" not in text
            assert "“<script>" not in text
