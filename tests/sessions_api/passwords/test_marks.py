"""A new password ends its owner's sessions, however it is set."""

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from cumulonimbus.models import User
from sessions_api.exceptions import InvalidPassword
from sessions_api.models import AuditEvent, UserSession
from sessions_api.passwords.marks import LENGTH, UNUSABLE, mark_of_column, password_mark
from sessions_api.scopes import Scope
from sessions_api.services.audit import UNNAMED, Actor
from sessions_api.services.passwords import (
    PasswordChanged,
    attributed_change,
    change_password,
)
from sessions_api.services.securing import password_mark as securing_mark
from sessions_api.services.securing import secure_account
from tests.api import OWN_SESSIONS, Login, is_dead
from tests.cast import PASSWORD, allow

pytestmark = pytest.mark.django_db

NEW = "an entirely new password"


class ProxyUser(User):
    class Meta:
        proxy = True
        app_label = "cumulonimbus"


def set_and_save(user: Any) -> None:
    user.set_password(NEW)
    user.save()


def assign_a_hash(user: Any) -> None:
    user.password = make_password(NEW)
    user.save(update_fields=["password"])


def through_a_proxy(user: Any) -> None:
    set_and_save(ProxyUser.objects.get(pk=user.pk))


def make_unusable(user: Any) -> None:
    user.set_unusable_password()
    user.save()


def by_command(user: Any) -> None:
    with mock.patch("getpass.getpass", return_value=NEW), redirect_stdout(StringIO()):
        call_command("changepassword", user.username)


def by_update(user: Any) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password(NEW))


def by_bulk_update(user: Any) -> None:
    user.set_password(NEW)
    User.objects.bulk_update([user], ["password"])


def by_sql(user: Any) -> None:
    with connection.cursor() as cursor:
        statement = "UPDATE cumulonimbus_user SET password = %s WHERE id = %s"
        cursor.execute(statement, [make_password(NEW), user.pk])


SAVED = [set_and_save, assign_a_hash, through_a_proxy, make_unusable, by_command]
PAST_SAVE = [by_update, by_bulk_update, by_sql]


@pytest.fixture
def script(ann: Any, log_in: Callable[..., Login]) -> Login:
    """A scoped session of Ann."""
    return log_in(ann, permission_flags=Scope.SESSION_READ)


def ended() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(kind="sessions_ended"))


class TestMarks:
    @pytest.mark.parametrize(
        "encoded", ["argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", "é$ü", "", "!", "!abc", "x!"]
    )
    def test_the_database_computes_the_same(self, ann: Any, encoded: str) -> None:
        User.objects.filter(pk=ann.pk).update(password=encoded)
        users = User.objects.filter(pk=ann.pk)
        assert users.values_list(mark_of_column()).get() == (password_mark(encoded),)

    def test_they_do_not_contain_the_hash_and_fit_their_column(self) -> None:
        encoded = make_password(PASSWORD)
        mark = password_mark(encoded)
        assert len(mark) == LENGTH
        assert mark != password_mark(make_password(PASSWORD))
        assert set(mark) <= set("0123456789abcdef")

    def test_all_unusable_passwords_have_the_same(self) -> None:
        assert {password_mark(make_password(None)) for _ in range(3)} == {UNUSABLE}

    def test_they_do_not_depend_on_the_secret_key(self) -> None:
        before = password_mark("a hash")
        with override_settings(SECRET_KEY="another"):
            assert password_mark("a hash") == before


class TestNewPassword:
    @pytest.mark.parametrize("change", SAVED + PAST_SAVE)
    def test_the_next_request_is_refused(
        self, change: Callable[[Any], None], me: Login, script: Login, bobs: Login
    ) -> None:
        assert not is_dead(me)
        change(me.user)
        for login, method, path in (
            (me, "GET", f"{OWN_SESSIONS}/me"),
            (me, "GET", OWN_SESSIONS),
            (me, "DELETE", f"{OWN_SESSIONS}/all?include-self=true"),
            (script, "GET", OWN_SESSIONS),
        ):
            response = login.api(method, path)
            assert (response.status_code, response.json()["code"]) == (401, "INVALID_SESSION_ERROR")
        assert not is_dead(bobs)

    @pytest.mark.parametrize("change", SAVED)
    def test_saving_the_account_ends_them_immediately(
        self, change: Callable[[Any], None], me: Login, script: Login
    ) -> None:
        change(me.user)
        assert not UserSession.objects.exists()
        [event] = ended()
        assert event.detail["reason"] == "The password was changed."
        assert event.detail["sessions"] == sorted([me.session.sid, script.session.sid])[::-1]
        assert event.subject_name == "ann"
        [changed] = AuditEvent.objects.filter(kind="password_changed")
        assert (changed.subject_name, changed.actor_name) == ("ann", UNNAMED.name)

    def test_a_password_without_sessions_is_audited_too(self, ann: Any) -> None:
        set_and_save(ann)
        assert AuditEvent.objects.filter(kind="password_changed").count() == 1
        assert ended() == []

    def test_the_actor_is_recorded_if_known(self, me: Login, staff: Any) -> None:
        allow(staff, "cumulonimbus.change_user")
        with attributed_change(Actor(user=staff), "A call to the help desk"):
            set_and_save(me.user)
        kinds = ["password_changed", "sessions_ended"]
        events = AuditEvent.objects.filter(kind__in=kinds).order_by("kind")
        assert [event.kind for event in events] == kinds
        assert {event.actor_name for event in events} == {"sam"}
        assert {event.detail["reason"] for event in events} == {"A call to the help desk"}

    @pytest.mark.parametrize("change", PAST_SAVE)
    def test_superseded_sessions_are_not_listed_counted_or_found(
        self, change: Callable[[Any], None], me: Login, boss: Login, log_in: Any
    ) -> None:
        change(me.user)
        path = f"/users/{me.user.pk}/sessions"
        assert boss.api("GET", path).json() == {"count": 0, "items": []}
        assert boss.api("GET", f"{path}/{me.session.sid}").status_code == 404
        assert boss.api("DELETE", f"{path}/{me.session.sid}").status_code == 404
        assert boss.api("DELETE", f"{path}/all").json()["count"] == 0
        me.user.refresh_from_db()
        again = log_in(me.user)
        assert again.api("GET", OWN_SESSIONS).json()["count"] == 1
        assert again.api("GET", "/sessions", token=again.token).status_code == 404
        wolfpal = again.api.__class__(prefix="/api/wolfpal", token=again.token)
        assert len(wolfpal("GET", "/sessions").json()["sessions"]) == 1
        assert UserSession.objects.active().filter(user=me.user).count() == 1
        assert UserSession.objects.superseded().get() == me.session

    def test_other_changes_of_the_account_end_no_session(self, me: Login) -> None:
        me.user.email = "new@example.com"
        me.user.save()
        User.objects.defer("password").get(pk=me.user.pk).save()
        me.user.save(update_fields=["email"])
        assert not is_dead(me)
        assert not AuditEvent.objects.filter(kind="password_changed").exists()

    def test_replacing_an_unusable_password_by_another_ends_no_session(
        self, ann: Any, log_in: Callable[..., Login]
    ) -> None:
        ann.set_unusable_password()
        ann.save()
        login = log_in(ann)
        for _ in range(2):
            make_unusable(ann)
            assert not is_dead(login)
        User.objects.filter(pk=ann.pk).update(password=make_password(None))
        assert not is_dead(login)
        set_and_save(ann)
        assert is_dead(login)

    def test_another_secret_key_ends_no_session(self, me: Login) -> None:
        with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
            assert not is_dead(me)

    @pytest.mark.parametrize("change", SAVED + PAST_SAVE)
    def test_a_host_can_turn_this_off(self, change: Callable[[Any], None], me: Login) -> None:
        changed = settings.SESSIONS_API | {
            "PASSWORD_CHANGE_ENDS_SESSIONS": False,
            "RATELIMIT_ENABLE": False,
        }
        with override_settings(SESSIONS_API=changed):
            change(me.user)
            assert not is_dead(me)
            assert UserSession.objects.active().count() == 1
            assert not UserSession.objects.superseded().exists()
        assert is_dead(me)


class TestSessionsWithoutMarks:
    """Sessions that were created by a version without marks, which may still be running."""

    @pytest.fixture
    def unmarked(self, me: Login) -> Login:
        UserSession.objects.update(password_mark="")
        return me

    def test_get_one_at_their_first_use(self, unmarked: Login) -> None:
        assert not is_dead(unmarked)
        assert UserSession.objects.get().password_mark == password_mark(unmarked.user.password)
        by_update(unmarked.user)
        assert is_dead(unmarked)

    def test_get_one_during_pruning(self, unmarked: Login) -> None:
        with redirect_stdout(StringIO()):
            call_command("prune_sessions")
        by_update(unmarked.user)
        assert is_dead(unmarked)

    def test_are_ended_by_a_new_password(self, unmarked: Login) -> None:
        set_and_save(unmarked.user)
        assert is_dead(unmarked)
        assert not UserSession.objects.exists()

    def test_get_one_by_the_migration(self, unmarked: Login, bobs: Login) -> None:
        from importlib import import_module

        from django.apps import apps

        migration = import_module("sessions_api.migrations.0007_mark_sessions")
        with mock.patch.object(migration, "BATCH", 1):
            migration.mark_sessions(apps, mock.Mock(connection=connection))
        marks = dict(UserSession.objects.values_list("user__username", "password_mark"))
        assert marks == {user.username: password_mark(user.password) for user in User.objects.all()}


class TestPruning:
    def test_superseded_sessions_are_deleted(
        self, me: Login, other: Login, bobs: Login, log_in: Any
    ) -> None:
        by_update(me.user)
        me.user.refresh_from_db()
        again = log_in(me.user)
        output = StringIO()
        call_command("prune_sessions", batch_size=2, stdout=output)
        assert "Sessions ended by a limit or a new password removed: 2\n" in output.getvalue()
        assert set(UserSession.objects.all()) == {bobs.session, again.session}

    def test_the_number_of_batches_is_limited(self, ann: Any, log_in: Callable[..., Login]) -> None:
        for _ in range(5):
            log_in(ann)
        by_update(ann)
        output = StringIO()
        call_command("prune_sessions", batch_size=2, max_batches=2, stdout=output)
        assert "Sessions ended by a limit or a new password removed: 4\n" in output.getvalue()


class TestChangePassword:
    def test_the_current_session_stays_active(self, me: Login, other: Login, script: Login) -> None:
        change_password(me.user, NEW, actor=Actor(user=me.user), keep=me.session)
        assert [is_dead(one) for one in (me, other)] == [False, True]
        assert not UserSession.objects.filter(pk=script.session.pk).exists()
        assert User.objects.get(pk=me.user.pk).check_password(NEW)
        assert me.user.check_password(NEW)
        [event] = ended()
        assert event.actor_name == "ann"

    def test_another_users_session_is_not_kept(self, me: Login, bobs: Login) -> None:
        mark = bobs.session.password_mark
        change_password(me.user, NEW, actor=Actor(user=me.user), keep=bobs.session)
        assert is_dead(me)
        bobs.session.refresh_from_db()
        assert bobs.session.password_mark == mark

    def test_an_outdated_account_changes_nothing(self, me: Login) -> None:
        seen = User.objects.get(pk=me.user.pk)
        set_and_save(me.user)
        with pytest.raises(PasswordChanged):
            change_password(seen, "the hijacker's", actor=Actor(user=seen))
        assert User.objects.get(pk=me.user.pk).check_password(NEW)

    def test_the_kept_session_does_not_vouch_for_a_former_password(
        self, me: Login, log_in: Any
    ) -> None:
        seen = User.objects.get(pk=me.user.pk)
        change_password(me.user, NEW, actor=Actor(user=me.user), keep=me.session)
        with pytest.raises(InvalidPassword):
            log_in(seen)


def test_securing_an_account_ends_and_audits_once(me: Login, script: Login, staff: Any) -> None:
    user = me.user
    secure_account(user, actor=Actor(user=staff), reason="Hijacked", mark=securing_mark(user))
    assert is_dead(me)
    assert not UserSession.objects.exists()
    [event] = ended()
    assert (event.actor_name, event.detail["reason"]) == ("sam", "Hijacked")
    assert not AuditEvent.objects.filter(kind="password_changed").exists()


def test_the_admin_shows_why_a_session_has_ended(me: Login, admin_client: Any) -> None:
    by_update(me.user)
    url = "/admin/sessions_api/usersession/"
    page = admin_client.get(url, {"state": "all"}).content.decode()
    assert "ended by a password change" in page
    for state, found in (("active", False), ("expired", False), ("new-password", True)):
        listed = admin_client.get(url, {"state": state}).content.decode()
        assert (f"{url}{me.session.pk}/change/" in listed) is found
    assert "ended by a password change" in admin_client.get(f"{url}{me.session.pk}/change/").text
