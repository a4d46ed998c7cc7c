"""A login to the console begins a session, and a logout ends it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import user_logged_in
from django.db.models.signals import pre_save
from django.dispatch import Signal
from django.test import override_settings

from sessions_api.http.console.visits import ROW
from sessions_api.models import AuditEvent, SessionKind, UserSession
from tests.admin_paths import INDEX, LOGIN
from tests.browser import DESK, browser_of
from tests.cast import PASSWORD
from tests.sessions_api.http.console.console import (
    Console,
    endings,
    inside,
    new_browser,
    of_console,
)
from tests.sessions_api.second_factors.staff_login.desk import Desk

pytestmark = pytest.mark.django_db


def logins() -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(kind=AuditEvent.Kind.LOGIN).order_by("pk")
    return [event.detail for event in events]


class TestBegins:
    def test_with_the_login(self, sams: Console, staff: Any) -> None:
        row = sams.row
        assert sams.is_inside
        assert (row.kind, row.user, row.jti) == (SessionKind.CONSOLE, staff, None)
        assert (row.name, row.dialect) == ("Console: Firefox v140 on Linux", "")
        assert (row.address, row.browser, row.os) == (DESK, "Firefox", "Linux")
        assert logins() == [{"session": row.sid, "site": "admin", "session_kind": "console"}]
        assert staff.last_login != type(staff).objects.get(pk=staff.pk).last_login

    def test_with_the_cookies_age(self, sams: Console) -> None:
        age = sams.row.expires_at - sams.row.created_at
        wanted = timedelta(seconds=settings.SESSION_COOKIE_AGE)
        assert wanted - timedelta(seconds=2) < age <= wanted

    def test_not_before_the_second_factor(self, staff: Any, enrol_app: Any) -> None:
        app = enrol_app(staff)
        app.clock.now += 60
        desk = Desk()
        desk.password()
        assert of_console() == []
        assert desk.answer(code=app.code()).status_code == 302
        assert desk.is_inside
        assert [one.user for one in of_console()] == [staff]
        assert [one["site"] for one in logins()] == ["admin"]

    @pytest.mark.parametrize("typed", ["guess", ""])
    def test_not_with_a_wrong_password(self, staff: Any, typed: str) -> None:
        new_browser().post(LOGIN, {"username": "sam", "password": typed})
        assert of_console() == []

    def test_not_for_who_is_no_staff(self, ann: Any) -> None:
        new_browser().post(LOGIN, {"username": "ann", "password": PASSWORD})
        assert of_console() == []

    def test_not_with_a_login_to_the_api(self, sams: Console, log_in: Any, staff: Any) -> None:
        """It sends Django's signal with a request that has the console's cookie."""
        answer = sams.browser.post(
            "/api/v5/login", {"username": "sam", "password": PASSWORD}, "application/json"
        )
        assert answer.status_code == 201
        assert len(of_console()) == 1

    def test_not_while_the_setting_is_off(self, staff: Any) -> None:
        with override_settings(SESSIONS_API=settings.SESSIONS_API | {"CONSOLE_SESSIONS": False}):
            desk = Console(staff)
            assert desk.is_inside
            assert ROW not in desk.browser.session
        assert of_console() == []
        assert logins() == [{"site": "admin"}]
        # And once it is on, that login opens nothing.
        assert not inside(_as_new(desk))

    def test_not_for_an_account_that_is_banned_meanwhile(self, staff: Any) -> None:
        def ban(user: Any, **_: Any) -> None:
            type(user).objects.filter(pk=user.pk).update(is_active=False)

        browser = new_browser()
        with connected(user_logged_in, ban):
            answer = browser.post(f"{LOGIN}?next=/", {"username": "sam", "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next=/")
        assert of_console() == []
        type(staff).objects.update(is_active=True)
        assert not inside(browser)

    def test_not_if_the_row_cannot_be_written(self, staff: Any) -> None:
        def fail(**_: Any) -> None:
            raise RuntimeError

        browser = new_browser()
        browser.raise_request_exception = False
        with connected(pre_save, fail, sender=UserSession):
            answer = browser.post(LOGIN, {"username": "sam", "password": PASSWORD})
        assert answer.status_code == 500
        assert not inside(browser)


class TestAgain:
    def test_in_the_same_browser(self, sams: Console) -> None:
        before, key = sams.row, sams.browser.session.session_key
        stolen = sams.thief()
        sams.log_in()
        assert sams.is_inside
        assert [one.pk for one in of_console()] == [sams.row.pk]
        assert sams.row.pk != before.pk
        assert sams.browser.session.session_key != key
        assert not inside(stolen)
        assert endings() == [("sam", "logged in to the console again")]

    def test_as_somebody_else(self, sams: Console, root: Any) -> None:
        Console(root, sams.browser)
        assert [one.user for one in of_console()] == [root]
        assert endings() == [("sam", "logged in to the console again")]

    def test_in_another_browser(self, sams: Console, staff: Any) -> None:
        other = Console(staff)
        assert (sams.is_inside, other.is_inside) == (True, True)
        assert len(of_console()) == 2

    def test_with_a_session_that_was_planted(self, staff: Any) -> None:
        browser, planted = new_browser(), new_browser()
        planted.get(LOGIN)
        store = planted.session
        store["anything"] = 1
        store.save()
        browser.cookies["sessionid"] = store.session_key
        Console(staff, browser)
        planted.cookies["sessionid"] = store.session_key
        assert not inside(planted)


class TestEnds:
    def test_with_the_logout(self, sams: Console) -> None:
        stolen = sams.thief()
        assert sams.browser.post("/admin/logout/").status_code in {200, 302}
        assert of_console() == []
        assert endings() == [("sam", "logged out of the console")]
        assert (sams.is_inside, inside(stolen)) == (False, False)

    def test_when_somebody_starts_the_login_over(self, sams: Console) -> None:
        sams.browser.post(LOGIN, {"start_over": "1"})
        assert of_console() == []
        assert not sams.is_inside


class TestWithoutARow:
    """Logins that are not the console's, or are older than its sessions."""

    def test_have_to_log_in_again(self, staff: Any, caplog: pytest.LogCaptureFixture) -> None:
        browser = new_browser()
        browser.force_login(staff)
        answer = browser.get(INDEX)
        assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next={INDEX}")
        assert "begin_console_session()" in caplog.text
        page = browser.get(LOGIN)
        assert (page.status_code, page.context["user"].is_authenticated) == (200, False)
        assert Console(staff, browser).is_inside

    def test_stay_logged_in_elsewhere(self, staff: Any) -> None:
        browser = new_browser()
        browser.force_login(staff)
        browser.get(INDEX)
        assert browser.session["_auth_user_id"] == str(staff.pk)

    def test_helpers_of_tests_begin_one(self, staff: Any) -> None:
        assert inside(browser_of(staff))
        assert len(of_console()) == 1


@contextmanager
def connected(signal: Signal, receiver: Callable[..., None], **where: Any) -> Iterator[None]:
    signal.connect(receiver, **where)
    try:
        yield
    finally:
        signal.disconnect(receiver, **where)


def _as_new(desk: Console) -> Any:
    """Return a browser with the cookies of another one, whose middleware is loaded anew."""
    browser = new_browser()
    browser.cookies.update(desk.browser.cookies)
    return browser
