"""Resetting the limits of login attempts of a user on their page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.test import override_settings

from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record
from tests.api import HOME, Api, Login
from tests.browser import browser_of, page_of, said
from tests.caches import DOWN
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.second_factors.challenges import by_code, challenge
from tests.sessions_api.second_factors.totp import App

pytestmark = [pytest.mark.django_db, pytest.mark.ratelimited]

Kind = AuditEvent.Kind
ANN = {"username": "ann", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _one_window(limits_clock: Clock) -> None:
    """Freeze the clock, so that no window ends during a test."""


@pytest.fixture
def hand(staff: Any) -> Browser:
    """The browser of a staff user who may change users, and view addresses in the audit log."""
    return browser_of(staff, "view_user", "change_user", "view_auditevent")


def path(user: Any) -> str:
    return page_of(user, "reset_login_limits")


def use_up(api: Api) -> None:
    """Try wrong passwords until the network is refused."""
    wrong = [api("POST", "/login", ANN | {"password": "x"}).status_code for _ in range(5)]
    assert wrong == [401] * 4 + [429]


def test_of_the_addresses_that_staff_choose(hand: Browser, staff: Any, api: Api, ann: Any) -> None:
    use_up(api)
    page = hand.get(path(ann))
    assert f'href="{path(ann)}"' in hand.get(page_of(ann)).content.decode()
    [choice] = page.context["form"].fields["networks"].choices
    assert choice == (HOME, f"{HOME}: 4 logins")
    assert page.context["form"]["networks"].value() in (None, [])
    assert "checked" not in str(page.context["form"]["networks"])

    done = hand.post(path(ann), {"reason": "forgot it", "networks": [HOME]}, follow=True)

    assert done.redirect_chain == [(page_of(ann), 302)]
    assert said(done) == "Reset the login limits of ann."
    assert api("POST", "/login", ANN).status_code == 201
    event = AuditEvent.objects.get(kind=Kind.LOGIN_LIMITS_RESET)
    assert (event.actor_id, event.subject_id) == (staff.pk, ann.pk)
    assert event.detail == {"reason": "forgot it", "networks": [HOME]}


def test_of_the_console(hand: Browser, ann: Any, client: Browser) -> None:
    def log_in() -> int:
        given = {"username": "ann", "password": "x"}
        return client.post("/admin/login/", given, REMOTE_ADDR=HOME).status_code

    assert [log_in() for _ in range(5)] == [200] * 4 + [429]
    hand.post(path(ann), {"reason": "x", "networks": [HOME]})
    assert log_in() == 200


def test_addresses_that_are_not_chosen_stay_refused(hand: Browser, api: Api, ann: Any) -> None:
    use_up(api)
    record(Kind.LOGIN_FAILED, Actor(client=Client("192.0.2.9", "")), subject=ann)
    hand.post(path(ann), {"reason": "x", "networks": ["192.0.2.9"]})
    assert api("POST", "/login", ANN).status_code == 429


def test_addresses_are_only_for_those_who_may_view_the_audit_log(
    staff: Any, api: Api, ann: Any
) -> None:
    use_up(api)
    hand = browser_of(staff, "view_user", "change_user", "view_usersession")
    page = hand.get(path(ann))
    assert HOME not in page.content.decode()
    assert "staff who may view the audit log" in page.content.decode()
    hand.post(path(ann), {"reason": "x", "networks": [HOME]})
    assert api("POST", "/login", ANN).status_code == 429
    assert AuditEvent.objects.get(kind=Kind.LOGIN_LIMITS_RESET).detail["networks"] == []


def test_of_second_factors(hand: Browser, ann: Any, enrol_app: Callable[..., App]) -> None:
    app = enrol_app(ann)

    def answer(code: str, number: int) -> int:
        """Log in from an address of its own, so that only wrong answers are limited."""
        api = Api(address=f"192.0.2.{number}")
        return int(api("POST", "/login", by_code(challenge(api), code)).status_code)

    wrong = app.wrong_code()
    assert [answer(wrong, number) for number in range(6)] == [401] * 5 + [429]
    hand.post(path(ann), {"reason": "x"})
    assert answer(app.next_code(), 7) == 201


def test_of_passwords_that_confirm_a_change(hand: Browser, me: Login, limits_clock: Clock) -> None:
    def confirm(password: str) -> int:
        limits_clock.now += 2
        return int(me.api("POST", "/users/me/2fa/totp", {"password": password}).status_code)

    assert [confirm("x") for _ in range(6)] == [401] * 5 + [429]
    hand.post(path(me.user), {"reason": "x"})
    assert confirm("x") == 401


@pytest.mark.parametrize(
    "posted", [{"reason": ""}, {"networks": HOME}, {"reason": "x", "networks": "203.0.113.1"}]
)
def test_needs_a_reason_and_only_offered_addresses(
    hand: Browser, api: Api, ann: Any, posted: dict[str, str]
) -> None:
    use_up(api)
    page = hand.post(path(ann), posted)
    assert page.context["form"].errors
    assert api("POST", "/login", ANN).status_code == 429
    assert not AuditEvent.objects.filter(kind=Kind.LOGIN_LIMITS_RESET).exists()


def test_of_an_account_that_nobody_tried(hand: Browser, ann: Any) -> None:
    assert "Nobody has recently tried to log in" in hand.get(path(ann)).content.decode()
    page = hand.post(path(ann), {"reason": "x", "networks": HOME}, follow=True)
    assert said(page) == "Reset the login limits of ann."
    assert AuditEvent.objects.get(kind=Kind.LOGIN_LIMITS_RESET).detail["networks"] == []


def test_without_the_cache(hand: Browser, ann: Any) -> None:
    with override_settings(CACHES={"default": DOWN}):
        page = hand.post(path(ann), {"reason": "x"}, follow=True)
    assert "The cache with the limits cannot be reached" in said(page)


@override_settings(SESSIONS_API={"RATELIMIT_ENABLE": False})
def test_without_limits_the_page_says_so(hand: Browser, ann: Any) -> None:
    assert "no limits apply" in hand.get(path(ann)).content.decode()


class TestPermissions:
    def test_viewing_is_not_enough(self, staff: Any, ann: Any) -> None:
        browser = browser_of(staff, "view_user")
        assert path(ann) not in browser.get(page_of(ann)).content.decode()
        assert browser.post(path(ann), {"reason": "x"}).status_code == 403

    def test_only_superusers_reset_those_of_staff_and_nobody_their_own(
        self, hand: Browser, staff: Any, make_user: Any, roots_desk: Browser, root: Any
    ) -> None:
        colleague = make_user("kim", is_staff=True)
        for browser, user, status in (
            (hand, colleague, 403),
            (hand, root, 403),
            (hand, staff, 403),
            (roots_desk, root, 403),
            (roots_desk, staff, 302),
        ):
            assert browser.post(path(user), {"reason": "x"}).status_code == status
            page = browser.get(page_of(user)).content.decode()
            assert (path(user) in page) is (status == 302)

    def test_cross_site_requests_are_refused(self, hand: Browser, ann: Any) -> None:
        hand.handler.enforce_csrf_checks = True
        assert hand.post(path(ann), {"reason": "x"}).status_code == 403

    def test_an_account_that_is_gone(self, hand: Browser, ann: Any) -> None:
        gone = path(ann)
        ann.delete()
        assert said(hand.post(gone, {"reason": "x"}, follow=True)) == (
            "This account no longer exists."
        )
