"""Ending sessions in the admin: after a confirmation, their tokens are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.signals import sessions_ended
from tests.admin_paths import SESSIONS
from tests.api import Login
from tests.browser import DESK, FIREFOX, alive, browser_of, confirm, expire, page_of, said, select

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
ENDED = AuditEvent.Kind.SESSIONS_ENDED
END = f"{SESSIONS}end/"


def found(page: Any) -> str:
    """Return the numbers of sessions and users on the page."""
    count = page.context["preview"].found
    return f"{count} of {count.users}"


def test_end_one_session(desk: Browser, staff: Any, ann: Any, log_in: LogIn) -> None:
    login, other = log_in(ann), log_in(ann)
    delete = page_of(login.session, "delete")
    assert delete in desk.get(page_of(login.session)).content.decode()
    page = desk.get(delete)
    text = page.content.decode()
    assert "<strong>1 session</strong> will end immediately." in text
    assert "1 user is affected." in text
    assert 'value="End 1 session"' in text
    assert page.context["preview"].sample == [login.session]
    assert alive(login, other) == [True, True]

    page = confirm(desk, page, reason=" stolen\x00 ")

    assert alive(login, other) == [False, True]
    assert page.redirect_chain[-1][0].startswith(SESSIONS)
    assert said(page) == "Ended 1 session."
    event = AuditEvent.objects.get(kind=ENDED)
    assert (event.actor_id, event.actor_name) == (staff.pk, "sam")
    assert (event.subject_id, event.address, event.user_agent) == (ann.pk, DESK, FIREFOX)
    assert event.detail == {"reason": "stolen", "sessions": [login.session.sid]}
    assert not BulkSignOut.objects.exists()


def test_end_selected_sessions(
    desk: Browser, ann: Any, bob: Any, log_in: LogIn, django_capture_on_commit_callbacks: Any
) -> None:
    first, second, other = log_in(ann), log_in(bob), log_in(ann)
    chosen = (first.session, second.session)
    listed = f"{SESSIONS}?kind=full"
    page = desk.post(listed, select("delete_selected", *chosen, index=0))
    assert found(page) == "2 of 2"
    text = page.content.decode()
    assert "<strong>2 sessions</strong> will end immediately." in text
    assert "2 users are affected." in text
    assert alive(first, second) == [True, True]

    signalled: list[set[int]] = []

    def receive(*, ended: Any, **_: Any) -> None:
        signalled.append({session.sid for session in ended})

    sessions_ended.connect(receive)
    with django_capture_on_commit_callbacks(execute=True):
        page = confirm(desk, page)
    sessions_ended.disconnect(receive)

    assert alive(first, second, other) == [False, False, True]
    assert page.redirect_chain == [(listed, 302)]
    assert said(page) == "Ended 2 sessions."
    assert signalled == [{session.sid for session in chosen}]
    events = AuditEvent.objects.filter(kind=ENDED)
    assert {event.subject for event in events} == {ann, bob}
    assert {event.detail["reason"] for event in events} == {"a drill"}


def test_end_all_matching_sessions(desk: Browser, ann: Any, bob: Any, log_in: LogIn) -> None:
    logins = [log_in(ann), log_in(ann), log_in(bob)]
    expire(log_in(ann))
    query = "?q=ann&kind=full"
    assert f'href="{END}?' in desk.get(SESSIONS + query).content.decode()
    page = desk.get(END + query)
    assert found(page) == "2 of 1"
    assert "Sessions that match: search “ann”, kind “full”<" in page.content.decode()
    assert "everybody" not in page.context["form"].fields

    page = confirm(desk, page)

    assert page.redirect_chain == [(SESSIONS + query, 302)]
    assert alive(*logins) == [False, False, True]


def test_selecting_across_pages_is_the_same(
    desk: Browser, ann: Any, bob: Any, log_in: LogIn
) -> None:
    logins = [log_in(ann), log_in(bob)]
    posted = select("delete_selected", logins[0].session, select_across=1, index=0)
    page = desk.post(f"{SESSIONS}?q=bob", posted)
    confirm(desk, page)
    assert alive(*logins) == [True, False]


@pytest.mark.parametrize(
    "query", ["", "?q=", "?state=active", "?q=%20&before=9999999999_1", "?p=1"]
)
def test_ending_everybodys_sessions_requires_typing_a_word(
    desk: Browser, staff: Any, ann: Any, log_in: LogIn, query: str
) -> None:
    logins = [log_in(ann), log_in(staff)]
    page = desk.get(END + query)
    text = page.content.decode()
    assert "<p>Everybody&#x27;s sessions</p>" in text
    assert "This includes 1 session of your own." in text
    for typed in ("", "yes", "everybody else"):
        again = confirm(desk, page, everybody=typed)
        assert "everybody" in again.context["form"].errors
    assert alive(*logins) == [True, True]
    assert said(confirm(desk, page, everybody=" Everybody ")) == "Ended 2 sessions."
    assert alive(*logins) == [False, False]


def test_end_all_sessions_of_the_owners(
    desk: Browser, ann: Any, bob: Any, staff: Any, log_in: LogIn
) -> None:
    logins = [log_in(ann), log_in(ann), log_in(bob), log_in(bob), log_in(staff)]
    expire(log_in(ann))
    chosen = (logins[0].session, logins[1].session, logins[2].session)
    page = desk.post(SESSIONS, select("end_all_of_owners", *chosen, index=0))
    assert found(page) == "4 of 2"
    assert "<p>All sessions of 2 users</p>" in page.content.decode()

    page = confirm(desk, page)

    assert said(page) == "Ended 4 sessions."
    assert alive(*logins) == [False, False, False, False, True]
    assert AuditEvent.objects.filter(kind=ENDED).count() == 2


def test_end_all_sessions_of_a_user(desk: Browser, ann: Any, bob: Any, log_in: LogIn) -> None:
    logins = [log_in(ann), log_in(ann), log_in(bob)]
    page = desk.get(f"{SESSIONS}of/{ann.pk}/end/")
    assert "<p>All sessions of ann</p>" in page.content.decode()
    confirm(desk, page)
    assert alive(*logins) == [False, False, True]
    for nobody in ("0", "rubbish", "9" * 50, "%00"):
        assert desk.get(f"{SESSIONS}of/{nobody}/end/").status_code == 404


def test_end_all_other_sessions_of_a_user(desk: Browser, ann: Any, bob: Any, log_in: LogIn) -> None:
    kept, *others = log_in(ann), log_in(ann), log_in(ann), log_in(bob)
    url = page_of(kept.session, "end_others")
    assert url in desk.get(page_of(kept.session)).content.decode()
    page = desk.get(url)
    assert found(page) == "2 of 1"
    confirm(desk, page)
    assert alive(kept, *others) == [True, False, False, True]


def test_end_all_other_sessions_of_the_owners(
    desk: Browser, ann: Any, bob: Any, log_in: LogIn
) -> None:
    kept, ended, bobs, bobs_ended = log_in(ann), log_in(ann), log_in(bob), log_in(bob)
    page = desk.post(SESSIONS, select("end_all_others", kept.session, bobs.session, index=0))
    confirm(desk, page)
    assert alive(kept, ended, bobs, bobs_ended) == [True, False, True, False]


def test_a_deletion_by_code(ann: Any, log_in: LogIn) -> None:
    login, other = log_in(ann), log_in(ann)
    UserSession.objects.filter(pk=login.session.pk).delete()
    assert alive(login, other) == [False, True]


class TestTheReason:
    @pytest.mark.parametrize("reason", ["", " ", "\x00\n", "x" * 501])
    def test_is_required_and_the_selection_is_kept(
        self, desk: Browser, ann: Any, log_in: LogIn, reason: str
    ) -> None:
        logins = [log_in(ann), log_in(ann)]
        chosen = [login.session for login in logins]
        page = desk.post(SESSIONS, select("delete_selected", *chosen, index=0))
        again = confirm(desk, page, reason=reason)
        assert again.status_code == 200
        assert "reason" in again.context["form"].errors
        assert found(again) == "2 of 1"
        assert alive(*logins) == [True, True]
        confirm(desk, again)
        assert alive(*logins) == [False, False]

    def test_is_stored_on_one_line(self, desk: Browser, ann: Any, log_in: LogIn) -> None:
        page = desk.get(page_of(log_in(ann).session, "delete"))
        confirm(desk, page, reason=" <script>\r\nüñ\u202e😀 ")
        assert AuditEvent.objects.get(kind=ENDED).detail["reason"] == "<script> üñ 😀"


def test_hostile_names_are_escaped(desk: Browser, ann: Any, log_in: LogIn) -> None:
    hostile = "<script>alert(1)</script>\u202e😀"
    login = log_in(ann, name=hostile)
    UserSession.objects.update(browser=hostile, os=hostile)
    for url in (page_of(login.session, "delete"), f"{SESSIONS}of/{ann.pk}/end/"):
        text = desk.get(url).content.decode()
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text


def test_sessions_are_shown_with_view_permission_only(staff: Any, ann: Any, log_in: LogIn) -> None:
    browser = browser_of(staff, "delete_usersession")
    login = log_in(ann, name="Her phone")
    page = browser.get(f"{SESSIONS}of/{ann.pk}/end/")
    assert found(page) == "1 of 1"
    assert "Her phone" not in page.content.decode()
    assert confirm(browser, page).redirect_chain == [("/admin/", 302)]
    assert alive(login) == [False]
