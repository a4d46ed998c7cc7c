"""The project's accounts in the admin: bans, sessions and privileges."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from cumulonimbus.models import User
from killswitches.relative_times import recent_time
from sessions_api.models import AuditEvent, Ban, UserSession
from sessions_api.services.bans import ban_of
from tests.admin_paths import USERS
from tests.api import Login
from tests.audit_outage import no_room_for_events
from tests.browser import DESK, FIREFOX, alive, browser_of, confirm, page_of, said, select, state_on
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

BANS = (AuditEvent.Kind.BANNED, AuditEvent.Kind.UNBANNED)
LogIn = Callable[..., Login]


@pytest.fixture
def plain_desk(staff: Any) -> Browser:
    """The browser of a staff user with all permissions on users and sessions, not a superuser."""
    may = ("view_user", "change_user", "add_user", "delete_user", "delete_usersession")
    return browser_of(staff, *may)


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    """Return the data that a user's page posts; None removes a field."""
    fields = {"username": user.username, "email": user.email or ""}
    fields |= {name: "on" for name in ("is_active", "is_staff", "is_superuser") if vars(user)[name]}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def recorded_bans() -> list[tuple[str, int | None, int | None]]:
    events = AuditEvent.objects.filter(kind__in=BANS).order_by("pk")
    return [(event.kind, event.actor_id, event.subject_id) for event in events]


def test_the_list_and_the_page(roots_desk: Browser, make_user: Callable[..., Any]) -> None:
    user = make_user("dora", id=1_700_000_000_000, email="dora@example.com")
    page = roots_desk.get(USERS, {"q": "1700000000000"})
    assert list(page.context["cl"].result_list) == [user]
    assert "2023-11-14 22:13:20 UTC" in page.content.decode()
    for query in ("dor", "DORA@example", "dora 17"):
        found = roots_desk.get(USERS, {"q": query}).context["cl"].result_list
        assert list(found) == ([user] if query != "dora 17" else [])

    page = roots_desk.get(page_of(user))
    assert "Cumulonimbus administration" in page.content.decode()
    assert "2023-11-14 22:13:20 UTC" in page.content.decode()
    for model, query in (("usersession", "user"), ("auditevent", "subject")):
        link = f"/admin/sessions_api/{model}/?{query}={user.pk}"
        assert f'href="{link}"' in page.content.decode()
        assert roots_desk.get(link).status_code == 200
    assert state_on(page)["Second factors"] == "none"


@pytest.mark.parametrize(
    "query",
    [
        {"username__regex": "("},
        {"password__startswith": "a"},
        {"user_permissions__codename": "x"},
        {"is_active__exact": "\x00"},
    ],
)
def test_lookups_that_the_page_does_not_offer_are_refused(roots_desk: Browser, query: Any) -> None:
    assert roots_desk.get(USERS, query).status_code == 400


@pytest.mark.parametrize("query", ["9" * 40, "٣", "'\"%_\\"])
def test_any_text_can_be_searched_for(roots_desk: Browser, query: str) -> None:
    assert list(roots_desk.get(USERS, {"q": query}).context["cl"].result_list) == []


def test_email_addresses_break_at_sensible_places(
    roots_desk: Browser, ann: Any, carol: Any
) -> None:
    User.objects.filter(pk=ann.pk).update(email="a&b@mail.example.com")
    User.objects.filter(pk=carol.pk).update(email=None)
    page = roots_desk.get(USERS).content.decode()
    cells = re.findall(r'<td class="field-mail">(.*?)</td>', page)
    assert "a&amp;b<wbr>@mail.<wbr>example.<wbr>com" in cells
    assert "-" in cells


class TestCreating:
    def form(self, **fields: Any) -> dict[str, Any]:
        secret = "a sufficiently long passphrase"
        return {
            "username": "dora",
            "email": "",
            "usable_password": "true",
            "password1": secret,
            "password2": secret,
        } | fields

    def test_without_an_email(self, roots_desk: Browser) -> None:
        for name in ("dora", "emil"):
            page = roots_desk.post(USERS + "add/", self.form(username=name), follow=True)
            assert page.status_code == 200
            user = User.objects.get(username=name)
            assert page.redirect_chain[-1][0] == page_of(user)
            assert user.email is None
            assert user.check_password("a sufficiently long passphrase")

    @pytest.mark.parametrize(
        "fields",
        [
            {"username": "ANN"},
            {"email": "Ann@Example.COM"},
            {"username": "d\x00ra"},
            {"username": "dörä"},
            {"username": "d" * 65},
            {"username": ""},
            {"email": "nowhere"},
            {"email": "\x00@example.com"},
            {"password2": "another"},
        ],
    )
    def test_invalid_values_are_reported_by_the_form(
        self, roots_desk: Browser, ann: Any, fields: dict[str, str]
    ) -> None:
        page = roots_desk.post(USERS + "add/", self.form(**fields))
        assert page.status_code == 200
        assert page.context["errors"]
        assert User.objects.count() == 2

    @pytest.mark.parametrize("changes", [{"username": "BOB"}, {"email": "BOB@example.com"}])
    def test_invalid_changes_are_reported_by_the_form(
        self, roots_desk: Browser, ann: Any, make_user: Callable[..., Any], changes: dict[str, str]
    ) -> None:
        make_user("bob", email="bob@example.com")
        page = roots_desk.post(page_of(ann), form_of(ann, **changes))
        assert page.status_code == 200
        assert page.context["errors"]
        assert User.objects.get(pk=ann.pk).username == "ann"


def test_setting_a_password(roots_desk: Browser, ann: Any) -> None:
    url = f"{USERS}{ann.pk}/password/"
    fields = {"password1": "nine lives of a cat", "password2": "nine lives of a cat"}
    assert roots_desk.get(url).status_code == 200
    page = roots_desk.post(url, fields | {"usable_password": "true"}, follow=True)
    assert said(page) == "Password changed successfully."
    ann.refresh_from_db()
    assert ann.check_password("nine lives of a cat")


class TestBanning:
    def test_selected_users(
        self, roots_desk: Browser, root: Any, ann: Any, carol: Any, log_in: LogIn
    ) -> None:
        login = log_in(ann)
        Ban.objects.create(user=carol, reason="Long ago")
        asked = roots_desk.post(USERS, select("ban", ann, carol))
        assert "<strong>2 users</strong> will be banned at once" in asked.content.decode()
        assert recorded_bans() == []
        page = roots_desk.post(USERS, select("ban", ann, carol, reason="Spam"), follow=True)
        assert said(page) == "Banned 1 user: ann"
        assert login.api("GET", "/users/me/sessions/me").status_code == 403
        event = AuditEvent.objects.get(kind__in=BANS)
        assert (event.kind, event.actor_id, event.subject_id) == ("banned", root.pk, ann.pk)
        assert (event.address, event.user_agent) == (DESK, FIREFOX)
        assert sorted(Ban.objects.values_list("user", "reason", "actor")) == sorted(
            [(ann.pk, "Spam", root.pk), (carol.pk, "Long ago", None)]
        )

        asked = roots_desk.post(USERS, select("lift_ban", ann, carol))
        assert "<strong>2 users</strong> can use their accounts again" in asked.content.decode()
        refused = roots_desk.post(USERS, select("lift_ban", ann, carol, reason=" "))
        assert "Enter a reason." in refused.content.decode()
        assert len(recorded_bans()) == 1
        lifted = select("lift_ban", ann, carol, reason="A mistake")
        page = roots_desk.post(USERS, lifted, follow=True)
        assert {one.detail["reason"] for one in AuditEvent.objects.filter(kind="unbanned")} == {
            "A mistake"
        }
        assert said(page) in ("Unbanned 2 users: ann, carol", "Unbanned 2 users: carol, ann")
        assert alive(login) == [True]
        assert sorted(recorded_bans()[1:]) == sorted(
            ("unbanned", root.pk, user.pk) for user in (ann, carol)
        )

    def test_nobody_bans_themselves(self, roots_desk: Browser, root: Any, ann: Any) -> None:
        page = roots_desk.post(USERS, select("ban", root, ann, reason="x"), follow=True)
        assert said(page) == "You cannot ban yourself. Banned 1 user: ann"
        assert recorded_bans() == [("banned", root.pk, ann.pk)]

    def test_the_form_shows_it_only(self, roots_desk: Browser, ann: Any, carol: Any) -> None:
        for user, icon in ((ann, "icon-yes"), (carol, "icon-no")):
            page = roots_desk.get(page_of(user)).content.decode()
            assert icon in page.partition("field-is_active")[2].partition("field-is_staff")[0]
            assert 'name="is_active"' not in page
            assert "Ban or unban it at the top of this page." in page
            assert "Untick" not in page
            changed = {"is_active": None if user.is_active else "on", "email": f"{user}@x.com"}
            assert roots_desk.post(page_of(user), form_of(user, **changed)).status_code == 302
            now = User.objects.get(pk=user.pk)
            assert (now.is_active, now.email) == (user.is_active, f"{user}@x.com")
        assert recorded_bans() == []

    def test_the_page_says_since_when_by_whom_and_why(
        self, roots_desk: Browser, root: Any, ann: Any, carol: Any
    ) -> None:
        assert state_on(roots_desk.get(page_of(ann)))["State"] == "active"
        roots_desk.post(USERS, select("ban", ann, reason="<b>Sends spam</b>"))
        ann.refresh_from_db()
        kept = ban_of(ann)
        assert kept is not None
        page = roots_desk.get(page_of(ann))
        assert state_on(page)["State"] == (
            f'banned {recent_time(kept.banned_at)} by <a href="{page_of(root)}">root</a>. '
            "Reason: &lt;b&gt;Sends spam&lt;/b&gt;"
        )
        assert f"<dd>{state_on(page)['State']}</dd>" in page.content.decode()
        # Nothing tells of this one.
        assert "nothing tells" in state_on(roots_desk.get(page_of(carol)))["State"]

    def test_a_ban_that_cannot_be_recorded_does_not_happen(self, root: Any, ann: Any) -> None:
        browser = browser_of(root)
        browser.raise_request_exception = False
        with no_room_for_events():
            page = browser.post(page_of(ann, "ban"), {"reason": "x"})
        assert page.status_code == 500
        ann.refresh_from_db()
        assert ann.is_active

    def test_saving_other_fields_does_not_undo_a_concurrent_ban(
        self, roots_desk: Browser, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def banned_first(user: User) -> None:
            User.objects.filter(pk=user.pk).update(is_active=False)

        monkeypatch.setattr(User, "clean", banned_first)
        roots_desk.post(page_of(ann), form_of(ann, email="new@example.com"))
        ann.refresh_from_db()
        assert (ann.is_active, ann.email) == (False, "new@example.com")


def test_saving_an_account_writes_only_the_changed_fields(
    roots_desk: Browser, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In particular not the password, which may have been changed since the page was opened."""
    latest = datetime(2026, 11, 28, tzinfo=UTC)
    since = {"password": "!another", "last_login": latest, "is_staff": True}

    def changed_first(user: User) -> None:
        User.objects.filter(pk=user.pk).update(**since)

    posted = form_of(ann, email="new@example.com")
    monkeypatch.setattr(User, "clean", changed_first)
    roots_desk.post(page_of(ann), posted)
    after = User.objects.filter(pk=ann.pk).values("email", *since).get()
    assert after == {"email": "new@example.com", **since}


class TestSessions:
    def test_end_all_sessions_of_selected_users(
        self, roots_desk: Browser, root: Any, ann: Any, bob: Any, log_in: LogIn
    ) -> None:
        logins = [log_in(ann), log_in(ann), log_in(bob)]
        page = roots_desk.post(USERS, select("end_sessions", ann, index=0))
        assert "<strong>2 sessions</strong>" in page.content.decode()
        assert alive(*logins) == [True, True, True]
        page = confirm(roots_desk, page, reason="moved out")
        assert said(page) == "Ended 2 sessions."
        assert alive(*logins) == [False, False, True]
        event = AuditEvent.objects.get(kind=AuditEvent.Kind.SESSIONS_ENDED)
        assert (event.actor_id, event.subject_id) == (root.pk, ann.pk)
        assert event.detail["reason"] == "moved out"

    def test_deleting_an_account_ends_and_audits_its_sessions(
        self, roots_desk: Browser, ann: Any, bob: Any, log_in: LogIn
    ) -> None:
        logins = [log_in(ann), log_in(bob)]
        roots_desk.post(page_of(ann, "delete"), {"post": "yes"})
        roots_desk.post(USERS, select("delete_selected", bob, post="yes"))
        assert not get_user_model().objects.filter(pk__in=[ann.pk, bob.pk]).exists()
        assert alive(*logins) == [False, False]
        events = AuditEvent.objects.filter(kind=AuditEvent.Kind.SESSIONS_ENDED)
        assert {event.subject_name for event in events} == {"ann", "bob"}


class TestPrivileges:
    def test_others_cannot_act_on_superusers(
        self, plain_desk: Browser, root: Any, log_in: LogIn
    ) -> None:
        login = log_in(root)
        for action in ("ban", "lift_ban", "end_sessions"):
            page = plain_desk.post(USERS, select(action, root, reason="x"), follow=True)
            assert "Skipped (only superusers can change these): 1" in said(page)
        posted = select("delete_selected", root, post="yes")
        assert plain_desk.post(USERS, posted).status_code == 403
        assert plain_desk.post(page_of(root), form_of(root, is_active=None)).status_code == 403
        assert plain_desk.post(page_of(root, "delete"), {"post": "yes"}).status_code == 403
        fields = {"password1": "x", "password2": "x"}
        assert plain_desk.post(f"{USERS}{root.pk}/password/", fields).status_code == 403
        assert alive(login) == [True]
        root.refresh_from_db()
        assert root.is_active
        assert root.check_password(PASSWORD)
        assert recorded_bans() == []

    def test_others_cannot_delete_superusers(
        self, plain_desk: Browser, root: Any, ann: Any
    ) -> None:
        # Without a session: deleting that would be forbidden anyway.
        for user, left in ((root, True), (ann, False)):
            plain_desk.post(page_of(user, "delete"), {"post": "yes"})
            assert User.objects.filter(pk=user.pk).exists() is left

    def test_only_superusers_can_grant_privileges(
        self, plain_desk: Browser, roots_desk: Browser, staff: Any, ann: Any
    ) -> None:
        gained = {"is_staff": "on", "is_superuser": "on", "email": "a@example.com"}
        for user, email in ((staff, None), (ann, "b@example.com")):
            user.groups.create(name=f"friends of {user}")
            rights = user.user_permissions.count()
            powers = {"user_permissions": ["1"], "groups": []}
            plain_desk.post(page_of(user), form_of(user, **gained | powers))
            gained["email"] = "b@example.com"
            user.refresh_from_db()
            assert user.email == email
            assert (user.is_staff, user.is_superuser) == (user == staff, False)
            assert (user.user_permissions.count(), user.groups.count()) == (rights, 1)

        roots_desk.post(page_of(ann), form_of(ann, **gained | {"email": "c@example.com"}))
        ann.refresh_from_db()
        assert (ann.is_staff, ann.is_superuser) == (True, True)

    def test_view_permission_is_not_enough(self, staff: Any, ann: Any, log_in: LogIn) -> None:
        window = browser_of(staff, "view_user", "view_usersession")
        login = log_in(ann)
        page = window.get(USERS)
        assert page.status_code == 200
        assert b"_selected_action" not in page.content
        for action in ("ban", "lift_ban", "end_sessions", "delete_selected"):
            posted = select(action, ann, confirmed="yes", post="yes")
            assert window.post(USERS, posted).status_code == 403
        assert window.post(page_of(ann), form_of(ann, is_active=None)).status_code == 403
        assert alive(login) == [True]
        assert UserSession.objects.count() == 1

    def test_ending_sessions_requires_its_own_permission(
        self, staff: Any, ann: Any, log_in: LogIn
    ) -> None:
        browser = browser_of(staff, "view_user", "change_user")
        login = log_in(ann)
        posted = select("end_sessions", ann, confirmed="yes")
        assert browser.post(USERS, posted).status_code == 403
        assert alive(login) == [True]


def test_its_pages_lead_to_the_account_of_whoever_is_logged_in(plain_desk: Browser) -> None:
    assert '<a href="/account/">Your account</a>' in plain_desk.get(USERS).content.decode()
