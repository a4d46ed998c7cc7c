"""Whatever ends a session of the console ends the login on the next request."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from sessions_api.models import BulkSignOut, UserSession
from sessions_api.models.liveness import LAST_USE_RESOLUTION
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.passwords import change_password
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.services.sessions import end_all_sessions
from sessions_api.testing import frozen_clock
from tests.admin_paths import BULK_SIGN_OUTS, INDEX, LOGIN, SESSIONS
from tests.api import Login, is_dead
from tests.browser import confirm, select
from tests.cast import PASSWORD
from tests.sessions_api.http.console.console import Console, endings, inside, of_console
from tests.sessions_api.services.bulk_sign_outs import cut_small

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
API = Actor(name="somebody")


def rest_one(desk: Console, own: Login, root: Login) -> None:
    assert own.api("DELETE", f"/users/me/sessions/{desk.row.sid}").status_code == 200


def rest_ids(desk: Console, own: Login, root: Login) -> None:
    ended = own.api("DELETE", "/users/me/sessions", {"ids": [str(desk.row.sid)]})
    assert ended.json()["count"] == 1


def rest_all(desk: Console, own: Login, root: Login) -> None:
    assert own.api("DELETE", "/users/me/sessions/all").json()["count"] == 1


def rest_by_staff(desk: Console, own: Login, root: Login) -> None:
    path = f"/users/{desk.user.pk}/sessions"
    assert root.api("DELETE", f"{path}/{desk.row.sid}").status_code == 200


def rest_all_by_staff(desk: Console, own: Login, root: Login) -> None:
    assert root.api("DELETE", f"/users/{desk.user.pk}/sessions/all").json()["count"] == 2


def all_by_service(desk: Console, own: Login, root: Login) -> None:
    end_all_sessions(desk.user, actor=API)


def in_the_console(desk: Console, own: Login, root: Login) -> None:
    other = Console(root.user)
    page = other.browser.post(SESSIONS, select("delete_selected", desk.row))
    confirm(other.browser, page)
    assert other.is_inside


def on_the_command_line(desk: Console, own: Login, root: Login) -> None:
    call_command("sessions", "end", "--console", "--reason", "a drill", "--no-input")


def secured(desk: Console, own: Login, root: Login) -> None:
    mark = password_mark(desk.user)
    secure_account(desk.user, actor=Actor(user=root.user), reason="hijacked", mark=mark)


def new_password(desk: Console, own: Login, root: Login) -> None:
    change_password(desk.user, "a-new-one-9", actor=API)


def new_password_by_update(desk: Console, own: Login, root: Login) -> None:
    desk.user.set_password("a-new-one-9")
    type(desk.user).objects.filter(pk=desk.user.pk).update(password=desk.user.password)


def banned(desk: Console, own: Login, root: Login) -> None:
    set_banned(desk.user, True, actor=Actor(user=root.user), reason="a drill")
    assert of_console() == []


def deactivated_by_save(desk: Console, own: Login, root: Login) -> None:
    desk.user.is_active = False
    desk.user.save()
    assert of_console() == []


def deactivated_by_update(desk: Console, own: Login, root: Login) -> None:
    type(desk.user).objects.filter(pk=desk.user.pk).update(is_active=False)


def demoted_by_save(desk: Console, own: Login, root: Login) -> None:
    desk.user.is_staff = False
    desk.user.save(update_fields=["is_staff"])
    assert of_console() == []


def demoted_by_update(desk: Console, own: Login, root: Login) -> None:
    type(desk.user).objects.filter(pk=desk.user.pk).update(is_staff=False)


def deleted(desk: Console, own: Login, root: Login) -> None:
    desk.user.delete()


WAYS = [
    rest_one,
    rest_ids,
    rest_all,
    rest_by_staff,
    rest_all_by_staff,
    all_by_service,
    in_the_console,
    on_the_command_line,
    secured,
    new_password,
    new_password_by_update,
    banned,
    deactivated_by_save,
    deactivated_by_update,
    demoted_by_save,
    demoted_by_update,
    deleted,
]


@pytest.mark.parametrize("end", WAYS, ids=lambda way: way.__name__)
def test_every_ending(
    end: Callable[[Console, Login, Login], None], sams: Console, root: Any, log_in: Any
) -> None:
    own, roots = log_in(sams.user), log_in(root)
    assert sams.is_inside
    stolen, accounts = sams.thief(), type(root).objects.filter(username="sam")
    end(sams, own, roots)
    assert not inside(stolen)
    assert not sams.is_inside
    # Nothing brings it back.
    accounts.update(is_active=True, is_staff=True)
    assert not inside(stolen)
    assert not sams.is_inside
    now = timezone.now()
    active = UserSession.objects.active(now).exclude(user=root)
    assert [one for one in of_console() if one in active] == []


def test_the_password_that_is_changed_in_it_ends_the_others(sams: Console, staff: Any) -> None:
    other = Console(staff)
    new = {"new_password1": "a-new-one-9", "new_password2": "a-new-one-9"}
    typed = {"old_password": PASSWORD, **new}
    assert sams.browser.post("/admin/password_change/", typed).status_code == 302
    assert (sams.is_inside, other.is_inside) == (True, False)
    assert [one.pk for one in of_console()] == [sams.row.pk]


def test_bans_and_demotions_tell_of_it(sams: Console, root: Any) -> None:
    set_banned(sams.user, True, actor=Actor(user=root), reason="a drill")
    assert endings() == [("root", "banned")]


def test_a_form_that_is_posted_after_the_end_changes_nothing(sams: Console, root: Any) -> None:
    page = sams.browser.post(SESSIONS, select("delete_selected", sams.row))
    end_all_sessions(sams.user, actor=API)
    done = confirm(sams.browser, page)
    assert done.redirect_chain[0][0].startswith(f"{LOGIN}?next=")


class TestOneself:
    def test_ending_ones_own_session_in_the_console(self, sams: Console) -> None:
        page = sams.browser.post(SESSIONS, select("delete_selected", sams.row))
        done = confirm(sams.browser, page)
        assert done.redirect_chain[-1][0].startswith(LOGIN)
        assert endings() == [("sam", "a drill")]

    @pytest.mark.parametrize("in_batches", [False, True])
    def test_ending_everybodys(
        self,
        in_batches: bool,
        root: Any,
        sams: Console,
        log_in: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """In batches, the session in which they are run ends with the last one."""
        desk, token = Console(root), log_in(root)
        logins = [log_in(sams.user) for _ in range(6)]
        if in_batches:
            cut_small(monkeypatch, BATCHES=1)
        page = desk.browser.get(f"{SESSIONS}end/")
        confirm(desk.browser, page, everybody="everybody")
        posts = 0
        while in_batches and (sign_out := BulkSignOut.objects.get()).is_open:
            assert desk.is_inside
            desk.browser.post(f"{BULK_SIGN_OUTS}{sign_out.pk}/resume/")
            posts += 1
        assert (posts > 2) is in_batches
        assert UserSession.objects.count() == 0
        assert (desk.is_inside, sams.is_inside) == (False, False)
        assert all(map(is_dead, [token, *logins]))
        if in_batches:
            assert BulkSignOut.objects.get().ended == 9

    def test_a_bulk_sign_out_that_others_run_to_its_end(
        self, root: Any, sams: Console, log_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = Console(root), Console(root)
        for _ in range(6):
            log_in(sams.user)
        cut_small(monkeypatch, BATCHES=1)
        page = first.browser.get(f"{SESSIONS}end/")
        confirm(first.browser, page, everybody="everybody")
        monkeypatch.undo()
        assert second.browser.post(f"{BULK_SIGN_OUTS}{BulkSignOut.objects.get().pk}/resume/")
        assert UserSession.objects.count() == 0
        assert not first.is_inside

    def test_ending_ones_own_by_the_path_of_staff(self, sams: Console, log_in: Any) -> None:
        own = log_in(sams.user)
        path = f"/users/{sams.user.pk}/sessions/all"
        assert own.api("DELETE", path).json()["count"] == 2
        assert not sams.is_inside


class TestLimits:
    def test_expiry(self, sams: Console) -> None:
        with frozen_clock() as clock:
            clock.advance(timedelta(seconds=settings.SESSION_COOKIE_AGE) + DAY)
            assert not sams.is_inside

    def test_idle_timeout(self, sams: Console) -> None:
        limits = settings.SESSIONS_API | {"IDLE_TIMEOUT": timedelta(minutes=30)}
        with override_settings(SESSIONS_API=limits), frozen_clock() as clock:
            for _ in range(4):
                clock.advance(timedelta(minutes=29))
                assert sams.is_inside
            clock.advance(timedelta(minutes=30) + LAST_USE_RESOLUTION)
            assert not sams.is_inside

    def test_absolute_lifetime(self, sams: Console) -> None:
        limits = settings.SESSIONS_API | {"ABSOLUTE_LIFETIME": timedelta(hours=8)}
        with override_settings(SESSIONS_API=limits), frozen_clock() as clock:
            clock.advance(timedelta(hours=7))
            assert sams.is_inside
            clock.advance(timedelta(hours=1))
            assert not sams.is_inside

    @override_settings(SESSION_COOKIE_AGE=1800, SESSION_SAVE_EVERY_REQUEST=True)
    def test_a_cookie_that_each_request_renews(self, staff: Any) -> None:
        desk = Console(staff)
        with frozen_clock() as clock:
            for _ in range(4):
                clock.advance(timedelta(minutes=20))
                assert desk.is_inside
            clock.advance(timedelta(minutes=31))
            assert not desk.is_inside

    def test_the_last_use_is_recorded_once_a_minute(self, sams: Console) -> None:
        with frozen_clock() as clock:
            sams.browser.get(INDEX)
            first = sams.row.used_at
            clock.advance(timedelta(seconds=59))
            sams.browser.get(INDEX)
            assert sams.row.used_at == first == clock.now - timedelta(seconds=59)
            clock.advance(timedelta(seconds=1))
            sams.browser.get(INDEX)
            assert sams.row.used_at == clock.now
