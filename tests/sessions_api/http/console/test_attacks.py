"""Stolen cookies, races, and what a request that is under way may still do."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django.utils.deprecation import MiddlewareMixin

from sessions_api.callers.clients import Client
from sessions_api.http.console.visits import ROW, STAFF, Visit
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.console_sessions import create_console_session
from sessions_api.services.sessions import end_all_sessions
from tests.admin_paths import INDEX, SESSIONS, USERS
from tests.browser import confirm
from tests.sessions_api.http.console.console import Console, endings, inside, of_console

pytestmark = pytest.mark.django_db

CLIENT = Client("192.0.2.7", "")
SOMEBODY = Actor(name="somebody")
COOKIES = "django.contrib.sessions.backends.signed_cookies"


class TestStolenCookies:
    def test_are_worth_nothing_on_other_pages_either(self, sams: Console) -> None:
        stolen = sams.thief()
        end_all_sessions(sams.user, actor=SOMEBODY)
        assert "sam" not in stolen.get("/").content.decode()
        assert not inside(stolen)
        assert SESSION_KEY not in stolen.session

    def test_are_worth_nothing_after_the_next_login(self, sams: Console) -> None:
        stolen = sams.thief()
        end_all_sessions(sams.user, actor=SOMEBODY)
        sams.log_in()
        assert (sams.is_inside, inside(stolen)) == (True, False)

    @override_settings(SESSION_ENGINE=COOKIES)
    def test_of_a_store_that_forgets_nothing(self, staff: Any) -> None:
        """Django cannot end a session that is all in the cookie. The row can."""
        desk = Console(staff)
        assert desk.is_inside
        stolen = desk.thief()
        desk.browser.post("/admin/logout/")
        assert of_console() == []
        assert not inside(stolen)

    def test_with_the_row_of_another_user(self, sams: Console, root: Any) -> None:
        other = create_console_session(root, client=CLIENT, lifetime=timedelta(days=1))
        store = sams.browser.session
        store[ROW] = other.pk
        store.save()
        assert not sams.is_inside
        assert other in of_console()

    def test_with_the_row_of_a_token(self, sams: Console, log_in: Any) -> None:
        store = sams.browser.session
        store[ROW] = log_in(sams.user).session.pk
        store.save()
        assert not sams.is_inside


late = override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, f"{__name__}.EndsUnderWay"])


class EndsUnderWay(MiddlewareMixin):
    """Ends the sessions of a user once their request has been admitted."""

    def process_view(self, request: HttpRequest, *_: object) -> None:
        if request.method == "POST" and request.user.is_authenticated:
            end_all_sessions(Actor.of(request).account, actor=SOMEBODY)


class TestUnderWay:
    """A request whose session ends before it has done what it is about to do."""

    @late
    def test_ends_nothing(self, staff: Any, ann: Any, log_in: Any) -> None:
        desk, target = Console(staff), log_in(ann)
        page = desk.browser.get(f"{SESSIONS}{target.session.pk}/delete/")
        assert confirm(desk.browser, page).status_code == 403
        assert UserSession.objects.filter(pk=target.session.pk).exists()
        assert not desk.is_inside

    @late
    def test_changes_no_account(self, root: Any, ann: Any) -> None:
        desk, path = Console(root), f"{USERS}{ann.pk}/change/"
        form = desk.browser.get(path).context["adminform"].form
        answer = desk.browser.post(path, _filled(form) | {"is_staff": "on"})
        assert answer.status_code == 403
        ann.refresh_from_db()
        assert not ann.is_staff


class TestOneself:
    def test_who_gives_up_their_powers_is_logged_out(self, root: Any) -> None:
        desk = Console(root)
        path = f"{USERS}{root.pk}/change/"
        filled = _filled(desk.browser.get(path).context["adminform"].form)
        del filled["is_staff"]
        answer = desk.browser.post(path, filled)
        assert answer.status_code == 302
        root.refresh_from_db()
        assert not root.is_staff
        assert not desk.is_inside
        assert of_console() == []


class TestDemotion:
    def test_of_who_was_no_staff_at_the_login(self, ann: Any) -> None:
        """An admin site of one's own may let anybody in."""
        session = create_console_session(ann, client=CLIENT, lifetime=timedelta(days=1))
        request = _request(ann, session)
        visit = Visit(request)
        assert visit.user() == ann
        assert visit.session == session

    def test_ends_the_row_with_the_next_request(self, sams: Console) -> None:
        type(sams.user).objects.update(is_staff=False)
        sams.browser.get("/")
        assert not sams.is_inside
        assert endings() == [
            ("a change of the account", "the account may no longer use the console")
        ]


def _filled(form: Any) -> dict[str, Any]:
    """Return what a browser posts for a form of the admin that nobody has changed."""
    filled: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if value in (None, False, []):
            continue
        filled[field.html_name] = "on" if value is True else value
        if hasattr(field.field.widget, "decompress") and not isinstance(value, str | bool):
            parts = field.field.widget.decompress(value)
            del filled[field.html_name]
            names = [f"{field.html_name}_{number}" for number in range(len(parts))]
            filled |= {one: part for one, part in zip(names, parts, strict=True) if part}
    return filled


def _request(user: Any, session: UserSession) -> Any:
    request = RequestFactory().get(INDEX)
    request.session = SessionStore()
    request.session[ROW], request.session[STAFF] = session.pk, False
    request.user = user
    return request
