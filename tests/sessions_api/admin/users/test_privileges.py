"""Managing accounts in the admin allows no privilege escalation, and is audited."""

from collections.abc import Callable
from typing import Any

import django
import pytest
from django.contrib import admin
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, Permission
from django.forms import BooleanField
from django.test import Client as Browser

from cumulonimbus.models import User
from sessions_api.accounts import powers
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor
from sessions_api.services.securing import password_mark, secure_account
from tests.admin_paths import USERS
from tests.audit_outage import no_room_for_events
from tests.browser import DESK, browser_of, page_of, said, select
from tests.cast import PASSWORD
from tests.held_up import BeforeTheLock
from tests.mailers import LOCMEM, send_with

pytestmark = pytest.mark.django_db

#: All of Django's permissions on accounts.
MANAGING = ("view_user", "add_user", "change_user", "delete_user")
SECRET = "a sufficiently long passphrase"
Kind = AuditEvent.Kind

Customize = Callable[..., None]


@pytest.fixture
def manager(newcomer: Any) -> Browser:
    """The browser of nora, a member of staff with all permissions on accounts."""
    return browser_of(newcomer, *MANAGING, "delete_usersession")


@pytest.fixture
def customize(monkeypatch: pytest.MonkeyPatch) -> Customize:
    """Return a function that changes the admin class of accounts as a host's own might."""

    def change(**attributes: Any) -> None:
        for name, value in attributes.items():
            monkeypatch.setattr(site.get_model_admin(User), name, value)

    return change


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    """Return the data that a user's page posts; None removes a field."""
    fields = {"username": user.username, "email": user.email or ""}
    fields |= {name: "on" for name in ("is_active", "is_staff", "is_superuser") if vars(user)[name]}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def stored(user: Any) -> dict[str, Any]:
    """Return the account's columns as stored."""
    [row] = User.objects.filter(pk=user.pk).values()
    return row


def on_record(*kinds: AuditEvent.Kind) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return kind, actor, subject and detail of each event, oldest first."""
    events = AuditEvent.objects.filter(kind__in=kinds or Kind.values).order_by("pk")
    return [(one.kind, one.actor_name, one.subject_name, one.detail) for one in events]


def set_password(browser: Browser, user: Any, password: str = SECRET) -> Any:
    posted = {"password1": password, "password2": password, "usable_password": "true"}
    return browser.post(f"{USERS}{user.pk}/password/", posted)


class TestPasswords:
    def test_only_superusers_set_those_of_staff(
        self, manager: Browser, staff: Any, newcomer: Any, root: Any
    ) -> None:
        for user in (staff, newcomer, root):
            before = stored(user)
            for browser_page in (manager.get, manager.post):
                assert browser_page(f"{USERS}{user.pk}/password/").status_code == 403
            assert set_password(manager, user).status_code == 403
            assert 'href="../password/"' not in manager.get(page_of(user)).content.decode()
            assert stored(user) == before
        assert on_record() == []

    def test_others_cannot_set_those_of_banned_staff(self, manager: Browser, staff: Any) -> None:
        User.objects.filter(pk=staff.pk).update(is_active=False)
        assert set_password(manager, staff).status_code == 403
        assert User.objects.get(pk=staff.pk).check_password(PASSWORD)

    def test_superusers_set_those_of_staff(self, roots_desk: Browser, staff: Any) -> None:
        assert 'href="../password/"' in roots_desk.get(page_of(staff)).content.decode()
        assert set_password(roots_desk, staff).status_code == 302
        assert User.objects.get(pk=staff.pk).check_password(SECRET)
        assert on_record(Kind.PASSWORD_CHANGED) == [
            ("password_changed", "root", "sam", {"reason": "The password was set in the admin."})
        ]

    def test_others_set_those_of_users(self, manager: Browser, ann: Any, log_in: Any) -> None:
        login = log_in(ann)
        assert 'href="../password/"' in manager.get(page_of(ann)).content.decode()
        assert set_password(manager, ann).status_code == 302
        assert User.objects.get(pk=ann.pk).check_password(SECRET)
        assert login.api("GET", "/users/me/sessions").status_code == 401
        [event] = AuditEvent.objects.filter(kind=Kind.PASSWORD_CHANGED)
        assert (event.actor_name, event.subject, event.address) == ("nora", ann, DESK)
        assert SECRET not in str(event.detail)

    def test_a_password_can_be_made_unusable(self, roots_desk: Browser, ann: Any) -> None:
        posted = {"usable_password": "false", "unset-password": "x"}
        assert roots_desk.post(f"{USERS}{ann.pk}/password/", posted).status_code == 302
        assert not User.objects.get(pk=ann.pk).has_usable_password()
        [(_, _, _, detail)] = on_record(Kind.PASSWORD_CHANGED)
        assert detail["password"] == "unusable"

    def test_nothing_else_is_written(
        self, roots_desk: Browser, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A ban that is imposed while the password is being hashed is kept."""
        hashed = User.set_password

        def ban_meanwhile(user: Any, raw: str | None) -> None:
            hashed(user, raw)
            User.objects.filter(pk=user.pk).update(is_active=False)

        monkeypatch.setattr(User, "set_password", ban_meanwhile)
        assert set_password(roots_desk, ann).status_code == 302
        user = User.objects.get(pk=ann.pk)
        assert (user.check_password(SECRET), user.is_active) == (True, False)

    def test_what_cannot_be_recorded_does_not_happen(self, roots_desk: Browser, ann: Any) -> None:
        roots_desk.raise_request_exception = False
        with no_room_for_events():
            assert set_password(roots_desk, ann).status_code == 500
        assert User.objects.get(pk=ann.pk).check_password(PASSWORD)


class TestAccountsOfStaff:
    @pytest.mark.parametrize(
        "changes",
        [
            {"username": "mine"},
            {"email": "nora@example.com"},
            {"is_staff": None},
            {"is_superuser": "on"},
            {"password": "x"},
            {"last_login_0": "2030-01-01", "last_login_1": "00:00"},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("who", ["staff", "newcomer"])
    def test_are_changed_by_superusers_only(
        self, manager: Browser, request: pytest.FixtureRequest, who: str, changes: dict[str, Any]
    ) -> None:
        user = request.getfixturevalue(who)
        before, given = stored(user), powers.memberships_of(user)
        group = Group.objects.create(name="Powerful")
        forged = {"groups": [group.pk], "user_permissions": [Permission.objects.first().pk]}  # type: ignore[union-attr]
        manager.post(page_of(user), form_of(user, **changes | forged))
        assert stored(user) == before
        assert powers.memberships_of(user) == given
        assert on_record() == []

    def test_are_banned_by_others_too(self, manager: Browser, staff: Any) -> None:
        manager.post(page_of(staff, "ban"), {"reason": "x"})
        assert not stored(staff)["is_active"]
        assert on_record() == [("banned", "nora", "sam", {"reason": "x"})]

    def test_are_changed_by_superusers(self, roots_desk: Browser, newcomer: Any) -> None:
        roots_desk.post(
            page_of(newcomer), form_of(newcomer, username="eleonora", email="e@example.com")
        )
        now = stored(newcomer)
        assert (now["username"], now["email"]) == ("eleonora", "e@example.com")
        detail = {"fields": ["email", "username"], "renamed_from": "nora"}
        assert on_record() == [("account_changed", "root", "eleonora", detail)]

    def test_include_superusers_without_staff_status(
        self, manager: Browser, make_user: Any
    ) -> None:
        retired = make_user("retired", is_superuser=True)
        assert set_password(manager, retired).status_code == 403
        assert manager.post(page_of(retired), form_of(retired, email="x@x.com")).status_code == 403
        assert manager.post(page_of(retired, "delete"), {"post": "yes"}).status_code == 403


class TestAccountsOfUsers:
    def test_are_changed_by_others(self, manager: Browser, ann: Any) -> None:
        manager.post(page_of(ann), form_of(ann, email="new@example.com"))
        assert stored(ann)["email"] == "new@example.com"
        assert on_record() == [("account_changed", "nora", "ann", {"fields": ["email"]})]

    def test_nothing_is_recorded_without_a_change(self, manager: Browser, ann: Any) -> None:
        assert manager.post(page_of(ann), form_of(ann)).status_code == 302
        assert on_record() == []

    def test_are_given_no_privileges(self, manager: Browser, newcomer: Any, ann: Any) -> None:
        mine = Group.objects.create(name="Mine")
        newcomer.groups.add(mine)
        powerful = {
            "is_staff": "on",
            "is_superuser": "on",
            "groups": [mine.pk],
            # Not even privileges that the actor has.
            "user_permissions": [newcomer.user_permissions.first().pk],
        }
        manager.post(page_of(ann), form_of(ann, **powerful, email="new@example.com"))
        user = User.objects.get(pk=ann.pk)
        assert (user.email, user.is_staff, user.is_superuser) == ("new@example.com", False, False)
        assert not any(powers.memberships_of(user).values())

    def test_are_created_without_privileges(self, manager: Browser) -> None:
        posted = {"username": "dora", "usable_password": "true"}
        posted |= {"password1": SECRET, "password2": SECRET, "is_staff": "on", "is_superuser": "on"}
        assert manager.post(f"{USERS}add/", posted).status_code == 302
        user = User.objects.get(username="dora")
        assert (user.is_staff, user.is_superuser) == (False, False)
        assert on_record() == [("account_created", "nora", "dora", {})]

    def test_deleted_in_the_meantime(
        self, roots_desk: Browser, ann: Any, before_the_lock: BeforeTheLock
    ) -> None:
        before_the_lock(User.objects.filter(pk=ann.pk).delete)
        assert roots_desk.post(page_of(ann), form_of(ann, email="a@b.com")).status_code == 404

    def test_promoted_to_staff_in_the_meantime(
        self, manager: Browser, ann: Any, before_the_lock: BeforeTheLock
    ) -> None:
        """Its status is read again under the lock, and not overwritten."""
        before_the_lock(lambda: User.objects.filter(pk=ann.pk).update(is_staff=True))
        page = manager.post(page_of(ann), form_of(ann, email="mine@example.com"))
        assert page.status_code == 403
        assert stored(ann)["email"] == "ann@example.com"


class TestActors:
    """The actor's account is secured, or they are banned or demoted, after authorization."""

    @pytest.mark.parametrize(
        "loss",
        [
            {"is_active": False},
            {"is_staff": False},
            {"is_superuser": False},
            {"password": "another"},
        ],
    )
    def test_cannot_grant_anything(
        self,
        roots_desk: Browser,
        ann: Any,
        root: Any,
        before_the_lock: BeforeTheLock,
        loss: dict[str, Any],
    ) -> None:
        before_the_lock(lambda: User.objects.filter(pk=root.pk).update(**loss))
        given = {"is_staff": "on", "is_superuser": "on"}
        assert roots_desk.post(page_of(ann), form_of(ann, **given)).status_code == 403
        ann.refresh_from_db()
        assert (ann.is_staff, ann.is_superuser) == (False, False)


class TestPrivileges:
    def test_are_granted_and_removed_by_superusers(self, roots_desk: Browser, ann: Any) -> None:
        friends = Group.objects.create(name="Friends")
        right = Permission.objects.get(codename="view_user")
        given = {"is_staff": "on", "groups": [friends.pk], "user_permissions": [right.pk]}
        roots_desk.post(page_of(ann), form_of(ann, **given))
        friends_and_right = {"groups": ["Friends"], "permissions": ["cumulonimbus.view_user"]}
        for how in ("added", "removed"):
            given_or_taken = [
                {"flags": {how: ["is_staff"]}},
                {what: {how: names} for what, names in friends_and_right.items()},
            ]
            assert on_record()[-2:] == [
                ("privileges_changed", "root", "ann", one) for one in given_or_taken
            ]
            roots_desk.post(page_of(ann), form_of(ann))
        assert len(on_record()) == 4
        assert not any(powers.memberships_of(ann).values())

    def test_an_account_created_with_them(self, roots_desk: Browser, customize: Customize) -> None:
        customize(add_fieldsets=_add_fields_with("is_staff"))
        posted = {"username": "dora", "usable_password": "true", "is_staff": "on"}
        roots_desk.post(f"{USERS}add/", posted | {"password1": SECRET, "password2": SECRET})
        assert on_record() == [
            ("account_created", "root", "dora", {}),
            ("privileges_changed", "root", "dora", {"flags": {"added": ["is_staff"]}}),
        ]


class TestDeletion:
    def test_of_staff_requires_a_superuser(
        self, manager: Browser, staff: Any, newcomer: Any
    ) -> None:
        for user in (staff, newcomer):
            assert manager.post(page_of(user, "delete"), {"post": "yes"}).status_code == 403
            posted = select("delete_selected", user, post="yes")
            assert manager.post(USERS, posted).status_code == 403
            assert User.objects.filter(pk=user.pk).exists()

    def test_a_selection_that_includes_staff_deletes_nobody(
        self, manager: Browser, staff: Any, ann: Any
    ) -> None:
        posted = select("delete_selected", ann, staff, post="yes")
        assert manager.post(USERS, posted).status_code == 403
        assert User.objects.filter(pk__in=[ann.pk, staff.pk]).count() == 2

    def test_is_audited(self, roots_desk: Browser, manager: Browser, staff: Any, ann: Any) -> None:
        roots_desk.post(page_of(staff, "delete"), {"post": "yes"})
        manager.post(USERS, select("delete_selected", ann, post="yes"))
        assert on_record() == [
            ("account_deleted", "root", "sam", {}),
            ("account_deleted", "nora", "ann", {}),
        ]


class CarelessForm(UserChangeForm):
    """A form that declares fields explicitly, so that Django never makes them read-only."""

    is_staff = BooleanField(required=False)


class UnsuspectingForm(UserChangeForm):
    """A form that declares the field of bans."""

    is_active = BooleanField(required=False)


class MembershipInline(admin.TabularInline):
    model = User.groups.through
    extra = 1


def save_in_list(
    browser: Browser, user: Any, changes: dict[str, str], *, follow: bool = True
) -> Any:
    """Save a list of one account whose fields can be edited."""
    row = {"form-0-id": user.pk} | {f"form-0-{name}": value for name, value in changes.items()}
    management = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save"}
    return browser.post(f"{USERS}?q={user.username}", row | management, follow=follow)


class TestCustomization:
    """A host's own user admin is protected, whatever it adds."""

    def test_a_form_with_explicit_fields(
        self,
        manager: Browser,
        roots_desk: Browser,
        customize: Customize,
        ann: Any,
    ) -> None:
        customize(form=CarelessForm)
        manager.post(page_of(ann), form_of(ann, is_staff="on"))
        assert not stored(ann)["is_staff"]
        assert roots_desk.post(page_of(ann), form_of(ann, is_staff="on")).status_code == 302
        assert stored(ann)["is_staff"]

    def test_an_editable_list(
        self,
        manager: Browser,
        customize: Customize,
        ann: Any,
        staff: Any,
        root: Any,
    ) -> None:
        customize(list_editable=("email", "is_staff"))
        # Django 6.1 skips rows that the user may not change.
        out_of_reach = 302 if django.VERSION >= (6, 1) else 403
        for user, changes, status in (
            (ann, {"email": "new@example.com"}, 302),
            (ann, {"is_staff": "on"}, 403),
            (staff, {"email": "mine@example.com", "is_staff": "on"}, 403),
            (staff, {}, 403),
            (root, {"is_staff": "on", "email": "root@example.com"}, out_of_reach),
        ):
            before = stored(user)
            page = save_in_list(manager, user, changes, follow=False)
            assert page.status_code == status, (user, changes)
            assert (stored(user) == before) is (user != ann or status == 403)

    def test_nobody_is_banned_or_unbanned_in_a_list_which_takes_no_reason(
        self, roots_desk: Browser, customize: Customize, ann: Any, carol: Any, root: Any
    ) -> None:
        customize(list_display=("username", "is_active", "email"), list_editable=("is_active",))
        rows: list[tuple[Any, dict[str, str], str]] = [
            (ann, {}, "ann was not banned: a ban needs a reason."),
            (root, {}, "root was not banned: a ban needs a reason."),
            (carol, {"is_active": "on"}, "carol was not unbanned: that needs a reason."),
        ]
        for user, changes, words in rows:
            before = stored(user)
            page = save_in_list(roots_desk, user, changes)
            assert words in said(page)
            assert stored(user) == before
        assert on_record() == []

    def test_nobody_is_banned_or_unbanned_in_a_form_of_the_host(
        self, roots_desk: Browser, customize: Customize, ann: Any, carol: Any
    ) -> None:
        customize(form=UnsuspectingForm)
        for user, active in ((ann, None), (carol, "on")):
            email = f"new-{user.username}@example.com"
            posted = form_of(user, is_active=active, email=email)
            assert roots_desk.post(page_of(user), posted).status_code == 302
            assert stored(user)["is_active"] is user.is_active
            assert stored(user)["email"] == email
        assert {kind for kind, *_ in on_record()} == {"account_changed"}

    def test_an_inline_of_memberships(
        self,
        newcomer: Any,
        roots_desk: Browser,
        customize: Customize,
        ann: Any,
    ) -> None:
        customize(inlines=[MembershipInline])
        group = Group.objects.create(name="Powerful")
        posted = {
            "User_groups-TOTAL_FORMS": 1,
            "User_groups-INITIAL_FORMS": 0,
            "User_groups-0-user": ann.pk,
            "User_groups-0-group": group.pk,
        }
        manager = browser_of(newcomer, *MANAGING, "view_group", "change_group")
        assert manager.post(page_of(ann), form_of(ann) | posted).status_code == 403
        assert not ann.groups.exists()

    def test_saving_as_new(
        self,
        manager: Browser,
        customize: Customize,
        staff: Any,
    ) -> None:
        customize(save_as=True, add_fieldsets=_add_fields_with("is_staff"))
        posted = form_of(staff, username="copy", is_superuser="on", _saveasnew="x")
        posted |= {"password1": SECRET, "password2": SECRET, "usable_password": "true"}
        manager.post(page_of(staff), posted)
        assert not User.objects.filter(username="copy", is_staff=True).exists()
        assert not User.objects.filter(username="copy", is_superuser=True).exists()

    def test_fields_on_one_line(self, manager: Browser, customize: Customize, staff: Any) -> None:
        fieldsets = [(None, {"fields": (("username", "password"), "email", ["password"])})]
        customize(fieldsets=fieldsets)
        page = manager.get(page_of(staff))
        assert page.status_code == 200
        assert "id_password" not in page.content.decode()


class TestSecuring:
    """Other staff may secure accounts of staff without a link, because that gives nobody access."""

    @pytest.fixture(autouse=True)
    def _mail(self, settings: Any) -> None:
        send_with(settings, LOCMEM)

    def post(self, browser: Browser, user: Any, password: str) -> Any:
        page = browser.get(page_of(user, "secure"))
        posted = {"reason": "phished", "password": password, "mark": page.context["mark"]}
        return browser.post(page_of(user, "secure"), posted)

    def test_others_cannot_send_a_link_to_staff(
        self, manager: Browser, make_user: Callable[..., Any], mailoutbox: list[Any]
    ) -> None:
        kim = make_user("kim", email="kim@example.com", is_staff=True)
        page = manager.get(page_of(kim, "secure")).content.decode()
        assert "only superusers can send one" in page
        before = stored(kim)
        assert self.post(manager, kim, "kim@example.com").status_code == 200
        assert (stored(kim), mailoutbox) == (before, [])

    def test_others_secure_staff_without_a_link(self, manager: Browser, staff: Any) -> None:
        assert self.post(manager, staff, "unusable").status_code == 302
        assert not User.objects.get(pk=staff.pk).has_usable_password()

    @pytest.mark.parametrize("who", ["ann", "kim"])
    def test_superusers_send_a_link_to_anybody(
        self, roots_desk: Browser, ann: Any, make_user: Any, who: str
    ) -> None:
        make_user("kim", email="kim@example.com", is_staff=True)
        user = get_user_model().objects.get(username=who)
        assert self.post(roots_desk, user, user.email).status_code == 302
        [event] = AuditEvent.objects.filter(kind=Kind.ACCOUNT_SECURED)
        assert event.detail["mailed_to"] == user.email

    def test_the_service_checks_this_itself(self, newcomer: Any, staff: Any, root: Any) -> None:
        for user, address in ((staff, "sam@example.com"), (root, "")):
            with pytest.raises(InsufficientPermissions):
                secure_account(
                    user,
                    actor=Actor(user=newcomer),
                    reason="x",
                    mark=password_mark(user),
                    mail_to=address,
                )
            assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def _add_fields_with(name: str) -> list[Any]:
    """Return the fieldsets of the form that creates accounts, with an additional field."""
    [(title, options)] = site.get_model_admin(User).add_fieldsets
    return [(title, {**options, "fields": (*options["fields"], name)})]
