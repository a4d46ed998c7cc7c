"""The admin requires a second factor of users who have one; redirects after the login."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.test import override_settings
from django.urls import URLResolver
from django.urls.resolvers import RoutePattern

from sessions_api.models import AuditEvent
from tests.admin_paths import INDEX, LOGIN, USERS
from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.staff_login.desk import Desk, asks
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

BACKENDS = "django.contrib.auth.backends"
MODEL_BACKEND = f"{BACKENDS}.ModelBackend"


def closed_pages() -> list[str]:
    """Return the URLs of all admin pages except the login."""
    return [page for page in _pages(admin.site.get_urls(), INDEX) if page != LOGIN]


def _pages(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        match pattern.pattern:
            case RoutePattern() as route:
                address = prefix + re.sub("<.*?>", "1", str(route))
            case _:  # the index of an app, and the catch-all for unknown paths
                address = f"{prefix}second_factors/"
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern.url_patterns, address)
        else:
            yield address


def test_others_are_not_asked_for_a_factor(ann: Any, anns_app: App) -> None:
    page = browser_of(ann).get(LOGIN)
    assert page.status_code == 200
    assert not asks(page)


class TestPasswordAloneOpensNothing:
    def assert_closed(self, browser: Browser) -> None:
        pages = closed_pages()
        assert len(pages) > 20
        for page in pages:
            for response in (browser.get(page), browser.post(page, {"post": "yes"})):
                assert response.status_code == 302
                assert response["Location"].startswith(
                    INDEX if page == "/admin/logout/" else f"{LOGIN}?next=/admin/"
                )

    def test_after_the_right_password(self, desk: Desk, staff: Any, sams_app: App) -> None:
        staff.is_superuser = True
        staff.save()
        page = desk.password()
        assert (page.status_code, asks(page)) == (200, True)
        assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.LOGIN).exists()
        assert "_auth_user_id" not in desk.browser.session
        self.assert_closed(desk.browser)

    def test_with_a_django_session_of_another_login(self, staff: Any, sams_app: App) -> None:
        browser = browser_of(staff)
        self.assert_closed(browser)

    def test_with_a_django_session_from_before_the_factor(
        self, desk: Desk, staff: Any, enrol_app: Callable[..., App]
    ) -> None:
        desk.password()
        assert desk.is_inside
        app = enrol_app(staff)

        assert not desk.is_inside
        before = desk.browser.session.session_key
        page = desk.look(desk.browser.get(INDEX, follow=True))
        assert asks(page)
        assert 'name="password"' not in page.content.decode()
        assert desk.answer(code=app.next_code(), next=INDEX)["Location"] == INDEX
        assert desk.is_inside
        assert desk.browser.session.session_key != before

    def test_with_the_factor_of_another_user_in_the_same_django_session(
        self, desk: Desk, staff: Any, sams_app: App, make_user: Any, enrol_app: Callable[..., App]
    ) -> None:
        enrol_app(make_user("tess", is_staff=True))
        desk.password()
        desk.answer(code=sams_app.code())
        assert desk.is_inside
        session = desk.browser.session
        desk.browser.force_login(get_user_model().objects.get(username="tess"))
        session = desk.browser.session
        session["second_factor_shown_by"] = str(staff.pk)
        session.save()
        assert not desk.is_inside

    def test_starting_over_deletes_the_django_session(self, staff: Any, sams_app: App) -> None:
        browser = browser_of(staff)
        page = browser.post(f"{LOGIN}?next={USERS}", {"start_over": "yes"}, follow=True)
        assert page.redirect_chain == [(f"{LOGIN}?next=/admin/cumulonimbus/user/", 302)]
        assert 'name="password"' in page.content.decode()
        assert "_auth_user_id" not in browser.session


class TestNext:
    @pytest.mark.parametrize("in_query", [True, False])
    @pytest.mark.parametrize(
        ("wanted", "where"),
        [
            (USERS, USERS),
            ("http://testserver/admin/", "http://testserver/admin/"),
            ("https://evil.example/", INDEX),
            ("//evil.example/", INDEX),
            ("javascript:alert(1)", INDEX),
            ("/\\evil.example", INDEX),
            ("", INDEX),
        ],
    )
    def test_is_kept_if_safe(
        self, desk: Desk, sams_app: App, wanted: str, where: str, in_query: bool
    ) -> None:
        given = {"next": wanted}
        if in_query:
            desk.path = f"{LOGIN}?{urlencode(given)}"
            given = {}
        page = desk.password(**given)
        assert page.context["next"] == where
        hidden = {} if in_query else {"next": page.context["next"]}
        assert desk.answer(code=sams_app.code(), **hidden)["Location"] == where

    def test_leads_through_both_steps_back_to_the_page(
        self, desk: Desk, staff: Any, sams_app: App
    ) -> None:
        staff.user_permissions.add(Permission.objects.get(codename="view_user"))
        page = desk.browser.get(f"{USERS}?q=ann", follow=True)
        desk.path = page.redirect_chain[-1][0]
        desk.password(next=page.context["next"])
        assert desk.answer(code=sams_app.code())["Location"] == f"{USERS}?q=ann"


class TestSession:
    def test_its_key_changes(self, desk: Desk, sams_app: App) -> None:
        session = desk.browser.session
        session["planted"] = "by somebody"
        session.save()
        planted = session.session_key
        desk.browser.cookies[settings.SESSION_COOKIE_NAME] = planted
        desk.password()
        desk.answer(code=sams_app.code())
        assert desk.is_inside
        assert desk.browser.session.session_key != planted

    @pytest.mark.parametrize("dropped", ["nothing", "CsrfViewMiddleware"])
    def test_cross_site_requests_are_refused(self, staff: Any, sams_app: App, dropped: str) -> None:
        """Also in a host without the CSRF middleware."""
        middleware = [name for name in settings.MIDDLEWARE if not name.endswith(dropped)]
        with override_settings(MIDDLEWARE=middleware):
            browser = Browser(enforce_csrf_checks=True)
            for posted in (
                {"username": "sam", "password": PASSWORD},
                {"token": "x", "code": "1"},
                {"start_over": "yes"},
            ):
                assert browser.post(LOGIN, posted).status_code == 403

    def test_pages_are_not_cached(self, desk: Desk, sams_app: App) -> None:
        for page in (desk.password(), desk.answer(code="wrong")):
            assert "no-store" in page["Cache-Control"]

    def test_with_several_backends(self, desk: Desk, sams_app: App) -> None:
        with override_settings(AUTHENTICATION_BACKENDS=[f"{BACKENDS}.BaseBackend", MODEL_BACKEND]):
            desk.password()
            desk.answer(code=sams_app.code())
            assert desk.is_inside
            assert desk.browser.session["_auth_user_backend"] == MODEL_BACKEND

    def test_if_no_backend_accepts_the_user(self, desk: Desk, sams_app: App) -> None:
        desk.password()
        with override_settings(AUTHENTICATION_BACKENDS=[f"{BACKENDS}.BaseBackend"]):
            page = desk.answer(code=sams_app.code())
        assert page.status_code in {200, 302}
        assert "_auth_user_id" not in desk.browser.session
