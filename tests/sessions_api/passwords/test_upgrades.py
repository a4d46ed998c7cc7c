"""An upgraded hash of the same password ends no session; any other new hash does."""

from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate
from django.contrib.auth.hashers import check_password, make_password
from django.core.checks import run_checks
from django.test import Client as HttpClient

from cumulonimbus.models import User
from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidPassword, Overloaded
from sessions_api.models import AuditEvent, UserSession
from sessions_api.passwords import hashers, upgrades
from sessions_api.passwords.checking import check_password as check_account
from sessions_api.passwords.marks import password_mark
from sessions_api.receivers import passwords as receivers
from sessions_api.services import passwords
from sessions_api.services import reverification as service
from sessions_api.services.audit import Actor
from sessions_api.services.same_password import is_same_password
from sessions_api.services.session_creation import create_session
from tests.api import OWN_SESSIONS, Api, Login, is_dead
from tests.backends import DJANGOS, Longhand, path_of
from tests.cast import PASSWORD
from tests.sessions_api.passwords.cheap import CHEAP, CheapPBKDF2PasswordHasher

pytestmark = [pytest.mark.usefixtures("_weaker_hasher"), pytest.mark.django_db]

NEW = "an entirely new password"


def algorithm(user: Any) -> str:
    return str(User.objects.get(pk=user.pk).password.partition("$")[0])


def log_in_by_api(user: Any) -> None:
    response = Api()("POST", "/login", {"username": user.username, "password": PASSWORD})
    assert response.status_code == 201


def log_in_to_the_admin(user: Any) -> None:
    assert authenticate(username=user.username, password=PASSWORD)


def log_in_asynchronously(user: Any) -> None:
    assert async_to_sync(aauthenticate)(username=user.username, password=PASSWORD)


def reverify(user: Any) -> None:
    client = Client(address="192.0.2.1", user_agent="")
    _, token = create_session(user, client=client, lifetime=timedelta(hours=1))
    body = {"name": "Script", "permissionFlags": 1, "longLived": False, "password": PASSWORD}
    response = Api(token=token)("POST", OWN_SESSIONS, body)
    assert response.status_code == 201


def another_hash(user: Any) -> str:
    return make_password(NEW, hasher="pbkdf2_sha256")


def former_hash(user: Any) -> str:
    """Return the hash of the account's previous password."""
    former = another_hash(user)
    User.objects.filter(pk=user.pk).update(password=former)
    User.objects.filter(pk=user.pk).update(password=user.password)
    return former


def set_and_save(user: Any) -> None:
    user.set_password(NEW)
    user.save()


def set_and_save_field(user: Any) -> None:
    user.set_password(NEW)
    user.save(update_fields=["password"])


def assign_and_save_field(user: Any) -> None:
    user.password = make_password(NEW)
    user.save(update_fields=["password"])


def change(user: Any) -> None:
    passwords.change_password(user, NEW, actor=Actor(name="a migration"))


def beside(work: Callable[[], Any]) -> Any:
    """Run something else in its own context while an upgraded hash is being computed."""

    def meanwhile(*args: Any) -> str:
        encoded = make_password(*args)
        patch.stop()
        copy_context().run(work)
        return encoded

    patch = mock.patch("django.contrib.auth.base_user.make_password", meanwhile)
    return patch


class TestUpgrades:
    @pytest.mark.parametrize(
        "check", [log_in_by_api, log_in_to_the_admin, log_in_asynchronously, reverify]
    )
    def test_no_session_ends(self, login: Login, check: Callable[[Any], None]) -> None:
        check(login.user)
        assert algorithm(login.user) == "argon2"
        assert not is_dead(login)
        assert login.api("GET", OWN_SESSIONS).json()["count"] >= 1
        assert UserSession.objects.active().filter(pk=login.session.pk).exists()
        assert not AuditEvent.objects.filter(kind="password_changed").exists()

    def test_no_session_ends_with_stronger_parameters(
        self, ann: Any, log_in: Any, settings: Any
    ) -> None:
        settings.PASSWORD_HASHERS = [CHEAP]
        ann.password = make_password(PASSWORD)
        User.objects.filter(pk=ann.pk).update(password=ann.password)
        login = log_in(ann)
        with mock.patch.object(CheapPBKDF2PasswordHasher, "iterations", 2):
            log_in_by_api(ann)
        assert "$2$" in User.objects.get(pk=ann.pk).password
        assert not is_dead(login)

    def test_a_new_password_ends_them_afterwards(self, login: Login) -> None:
        log_in_by_api(login.user)
        user = User.objects.get(pk=login.user.pk)
        User.objects.filter(pk=user.pk).update(password=make_password(NEW))
        assert is_dead(login)

    def test_an_account_read_before_the_upgrade_has_the_same_password(self, login: Login) -> None:
        before = User.objects.get(pk=login.user.pk)
        log_in_by_api(login.user)
        session = UserSession.objects.get(pk=login.session.pk)
        assert session.has_password_of(before)
        assert session.has_password_of(User.objects.get(pk=before.pk))
        assert is_same_password(before, User.objects.get(pk=before.pk))


class TestNewPasswords:
    def test_another_password_right_after_a_check(self, login: Login) -> None:
        user = login.user
        # Careless code that, instead of the upgrade, saves another password.
        check_password(PASSWORD, user.password, setter=lambda raw: user.set_password(NEW))
        user.save()
        assert is_dead(login)
        assert not UserSession.objects.filter(pk=login.session.pk).exists()

    def test_an_unsaved_upgrade_has_no_later_effect(self, login: Login) -> None:
        user = login.user
        made: list[str] = []
        check_password(PASSWORD, user.password, setter=lambda raw: made.append(make_password(raw)))
        user.set_password(NEW)
        user.save()
        assert is_dead(login)
        assert upgrades.take(made[0]) is None

    def test_the_hash_of_a_wrong_password(self, login: Login) -> None:
        assert not check_password(NEW, login.user.password)
        login.user.set_password(NEW)
        login.user.save()
        assert is_dead(login)

    def test_the_same_password_set_again(self, login: Login) -> None:
        """It has not been checked that the password is the same."""
        login.user.set_password(PASSWORD)
        login.user.save()
        assert is_dead(login)

    @pytest.mark.parametrize("source", [another_hash, former_hash])
    @pytest.mark.parametrize(
        "set_new", [set_and_save, set_and_save_field, assign_and_save_field, change]
    )
    def test_a_password_that_was_checked_against_another_hash(
        self,
        login: Login,
        source: Callable[[Any], str],
        set_new: Callable[[Any], None],
    ) -> None:
        """A hash of another account, or a former one of this account: this is a new password."""
        encoded = source(login.user)
        user = User.objects.get(pk=login.user.pk)
        assert check_password(NEW, encoded)
        set_new(user)
        stored = User.objects.get(pk=user.pk)
        assert stored.password == user.password
        assert check_password(NEW, stored.password)
        assert is_dead(login)
        assert not UserSession.objects.filter(pk=login.session.pk).exists()
        assert AuditEvent.objects.filter(kind="password_changed").count() == 1

    def test_an_explicit_change_to_the_password_that_was_just_checked(self, login: Login) -> None:
        """An explicit change counts as one, even if the text is the same."""
        user = User.objects.get(pk=login.user.pk)
        assert check_password(PASSWORD, user.password)
        passwords.change_password(user, PASSWORD, actor=Actor(name="a form"))
        assert User.objects.get(pk=user.pk).password == user.password
        assert is_dead(login)
        assert AuditEvent.objects.filter(kind="password_changed").count() == 1

    def test_a_new_password_on_an_account_that_was_saved_before(self, login: Login) -> None:
        """The account no longer has the hash with which it was read."""
        user = User.objects.get(pk=login.user.pk)
        assert user.check_password(PASSWORD)
        user.set_password("one in between")
        user.save()
        assert check_password(NEW, another_hash(user))
        assign_and_save_field(user)
        assert User.objects.get(pk=user.pk).check_password(NEW)

    def test_a_password_of_which_only_a_part_was_checked(
        self, ann: Any, log_in: Any, settings: Any
    ) -> None:
        settings.PASSWORD_HASHERS = [
            settings.PASSWORD_HASHERS[0],
            "sessions_api.passwords.hashers.BCryptPasswordHasher",
        ]
        long = "x" * 80
        with mock.patch.object(hashers.BCryptPasswordHasher, "rounds", 4):
            User.objects.filter(pk=ann.pk).update(password=make_password(long, hasher="bcrypt"))
        user = User.objects.get(pk=ann.pk)
        login = log_in(user)
        assert check_password(long, user.password)
        user.set_password(long)
        user.save()
        assert algorithm(user) == "argon2"
        assert is_dead(login)

    def test_a_hash_by_a_third_party_hasher(self, login: Login, settings: Any) -> None:
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.MD5PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ]
        assert login.user.check_password(PASSWORD)
        assert algorithm(login.user) == "md5"
        assert is_dead(login)


class TestRaces:
    def test_a_new_password_is_not_overwritten_by_an_upgrade_of_the_old(self, login: Login) -> None:
        user = User.objects.get(pk=login.user.pk)
        new = make_password(NEW)

        def meanwhile(*args: Any) -> str:
            encoded = make_password(*args)
            User.objects.filter(pk=user.pk).update(password=new)
            return encoded

        old = user.password
        with mock.patch("django.contrib.auth.base_user.make_password", meanwhile):
            assert user.check_password(PASSWORD)
        assert User.objects.get(pk=user.pk).password == new
        # The old password was checked, so no session is created.
        assert user.password == old
        assert is_dead(login)

    def test_two_concurrent_upgrades(self, login: Login) -> None:
        one, two = (User.objects.get(pk=login.user.pk) for _ in range(2))

        def meanwhile(*args: Any) -> str:
            encoded = make_password(*args)
            patch.stop()
            assert two.check_password(PASSWORD)
            # Each upgrade is known only in its own context.
            upgrades.note_checked(PASSWORD, one.password)
            upgrades.note_hashed(PASSWORD, encoded)
            return encoded

        patch = mock.patch("django.contrib.auth.base_user.make_password", meanwhile)
        patch.start()
        assert one.check_password(PASSWORD)
        stored = User.objects.get(pk=one.pk).password
        assert stored == two.password
        assert not is_dead(login)
        assert is_same_password(one, two)

    def test_a_concurrent_login_keeps_the_accounts_hash(self, old: Any) -> None:
        user = User.objects.get(pk=old.pk)
        beside(lambda: log_in_by_api(old)).start()
        assert check_account(user, PASSWORD)
        assert user.password == User.objects.get(pk=old.pk).password

    def test_a_concurrent_new_password_is_required(self, old: Any) -> None:
        user = User.objects.get(pk=old.pk)
        set_new = User.objects.filter(pk=old.pk).update
        beside(lambda: set_new(password=make_password(NEW))).start()
        assert not check_account(user, PASSWORD)
        assert User.objects.get(pk=old.pk).check_password(NEW)

    @pytest.mark.parametrize("backend", [DJANGOS, path_of(Longhand)])
    def test_a_reverification_refuses_the_old_password(
        self, old: Any, backend: str, settings: Any
    ) -> None:
        settings.AUTHENTICATION_BACKENDS = [backend]
        user = User.objects.get(pk=old.pk)
        set_new = User.objects.filter(pk=old.pk).update
        beside(lambda: set_new(password=make_password(NEW))).start()
        with pytest.raises(InvalidPassword):
            service.reverify(Actor(user=user), PASSWORD, purpose="a purpose")

    def test_the_admin_accepts_the_slower_of_two_logins(self, staff: Any) -> None:
        weaker = make_password(PASSWORD, hasher="pbkdf2_sha256")
        User.objects.filter(pk=staff.pk).update(password=weaker)
        browser = HttpClient()
        beside(lambda: log_in_by_api(staff)).start()
        form = {"username": "sam", "password": PASSWORD, "next": "/admin/"}
        assert browser.post("/admin/login/", form).status_code == 302
        assert browser.get("/admin/").status_code == 200

    def test_the_admin_refuses_the_old_password(self, staff: Any) -> None:
        weaker = make_password(PASSWORD, hasher="pbkdf2_sha256")
        User.objects.filter(pk=staff.pk).update(password=weaker)
        set_new = User.objects.filter(pk=staff.pk).update
        beside(lambda: set_new(password=make_password(NEW))).start()
        form = {"username": "sam", "password": PASSWORD, "next": "/admin/"}
        assert HttpClient().post("/admin/login/", form).status_code == 200
        failure = AuditEvent.objects.get(kind="login_failed")
        assert failure.detail["code"] == "INVALID_PASSWORD_ERROR"

    @pytest.mark.parametrize("door", ["carry_over", "upgrades.note_lost"])
    def test_a_new_password_just_before_the_account_is_saved(self, old: Any, door: str) -> None:
        """Whether the upgrade was saved, or came too late."""
        new = make_password(NEW)
        user = User.objects.get(pk=old.pk)
        if door != "carry_over":
            beside(lambda: log_in_by_api(old)).start()
        done = receivers.carry_over if door == "carry_over" else upgrades.note_lost

        def then_set(*args: Any, **kwargs: Any) -> Any:
            result: Any = done(*args, **kwargs)
            User.objects.filter(pk=old.pk).update(password=new)
            return result

        with mock.patch(f"sessions_api.receivers.passwords.{door}", then_set):
            assert user.check_password(PASSWORD)
        assert User.objects.get(pk=old.pk).password == new
        assert type(user.password) is str

    def test_a_checked_password_is_forgotten_if_hashing_fails(self, login: Login) -> None:
        with (
            mock.patch(
                "sessions_api.passwords.queue.HashingQueue.run",
                side_effect=[True, Overloaded(retry_after=1)],
            ),
            pytest.raises(Overloaded),
        ):
            login.user.check_password(PASSWORD)
        assert upgrades.take(make_password(PASSWORD)) is None
        assert not is_dead(login)


def test_no_password_is_remembered_after_a_check() -> None:
    encoded = make_password(PASSWORD, hasher="pbkdf2_sha256")
    assert check_password(PASSWORD, encoded)
    assert PASSWORD not in repr(list(copy_context().values()))
    assert upgrades.take(make_password(PASSWORD))


def test_nothing_is_remembered_without_an_upgrade() -> None:
    assert check_password(PASSWORD, make_password(PASSWORD))
    assert upgrades.take(make_password(PASSWORD)) is None


def test_marks_of_both_hashes_are_kept(login: Login) -> None:
    before = password_mark(login.user.password)
    log_in_by_api(login.user)
    session = UserSession.objects.get(pk=login.session.pk)
    now = password_mark(User.objects.get(pk=login.user.pk).password)
    assert (session.password_mark, session.earlier_mark) == (now, before)


def test_third_party_hashers_cause_a_warning(settings: Any) -> None:
    def found() -> list[str | None]:
        return [one.id for one in run_checks(tags=["sessions_api"])]

    assert found() == []
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    assert found() == ["sessions_api.W010"]
    changed = {"PASSWORD_CHANGE_ENDS_SESSIONS": False}
    settings.SESSIONS_API = settings.SESSIONS_API | changed
    assert found() == []
