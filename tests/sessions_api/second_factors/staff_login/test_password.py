"""The first page of the admin's login: the password."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import override_settings

from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent
from sessions_api.signals import login_failed
from tests.admin_paths import INDEX, LOGIN
from tests.api import Api
from tests.browser import DESK, FIREFOX, said
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.staff_login.desk import TOO_MANY, Desk, asks, on_record
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind


NOT_RIGHT = (
    "Please enter the correct username and password for a staff account. "
    "Note that both fields may be case-sensitive."
)


class TestPassword:
    def test_is_enough_without_a_factor(self, desk: Desk, staff: Any) -> None:
        page = desk.password(next=INDEX)
        assert (page.status_code, page["Location"]) == (302, INDEX)
        assert desk.is_inside
        assert on_record(Kind.LOGIN) == [(Kind.LOGIN, staff.pk, {"site": "admin"})]
        event = AuditEvent.objects.get()
        assert (event.actor_id, event.address, event.user_agent) == (staff.pk, DESK, FIREFOX)

    @pytest.mark.parametrize(
        ("username", "password", "code", "known"),
        [
            ("sam", "wrong", "INVALID_PASSWORD_ERROR", True),
            ("nobody", PASSWORD, "INVALID_USER_ERROR", False),
            ("ann", PASSWORD, "INSUFFICIENT_PERMISSIONS_ERROR", True),
            ("carol", PASSWORD, "INVALID_PASSWORD_ERROR", True),
        ],
    )
    def test_failures_are_audited_and_have_one_message(
        self,
        desk: Desk,
        ann: Any,
        carol: Any,
        username: str,
        password: str,
        code: str,
        known: bool,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        signalled: list[tuple[Any, str]] = []

        def receive(*, user: Any, code: str, **_: Any) -> None:
            signalled.append((user and user.username, code))

        login_failed.connect(receive)
        with django_capture_on_commit_callbacks(execute=True):
            page = desk.password(username, password)
        login_failed.disconnect(receive)

        assert page.status_code == 200
        assert page.context["form"].non_field_errors() == [NOT_RIGHT]
        assert not desk.is_inside
        subject = get_user_model().objects.filter(username=username).first()
        assert on_record(Kind.LOGIN_FAILED, Kind.LOGIN) == [
            (Kind.LOGIN_FAILED, subject and subject.pk, {"code": code, "site": "admin"})
        ]
        assert (subject is not None) is known
        assert signalled == [(username if known else None, code)]

    @pytest.mark.parametrize("username", ["nobody", "sam", "ann", "carol", "dora"])
    @pytest.mark.parametrize("backend", ["ModelBackend", "AllowAllUsersModelBackend"])
    def test_the_reason_for_a_failure_is_not_revealed(
        self, desk: Desk, make_user: Callable[..., Any], ann: Any, backend: str, username: str
    ) -> None:
        """An unknown user, a wrong password, no staff status and a ban, with any backend."""
        make_user("carol", is_staff=True, is_active=False)
        make_user("dora", is_active=False)
        password = "wrong" if username == "sam" else PASSWORD
        with override_settings(AUTHENTICATION_BACKENDS=[f"django.contrib.auth.backends.{backend}"]):
            page = desk.password(username, password)
        assert (page.status_code, page.context["form"].errors) == (200, {"__all__": [NOT_RIGHT]})

    def test_of_a_user_with_a_factor_who_is_not_staff(
        self, ann: Any, enrol_app: Callable[..., App]
    ) -> None:
        enrol_app(ann)
        desk = Desk()
        page = desk.password("ann")
        assert not asks(page)
        assert "correct username and password" in page.content.decode()

    @pytest.mark.parametrize("given", [{}, {"username": "sam"}, {"password": PASSWORD}])
    def test_missing_fields(self, desk: Desk, given: dict[str, str]) -> None:
        page = desk.browser.post(LOGIN, given)
        assert page.status_code == 200
        assert page.context["form"].errors
        assert not on_record(*Kind)

    def test_of_a_user_banned_in_the_meantime(
        self, desk: Desk, staff: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Banned while the password is being checked."""

        def is_right(user: Any, password: str) -> bool:
            get_user_model().objects.filter(pk=user.pk).update(is_active=False)
            return True

        monkeypatch.setattr(
            "sessions_api.second_factors.staff_login.forms.is_still_correct", is_right
        )
        page = desk.password()
        assert (page.status_code, page.context["form"].errors) == (200, {"__all__": [NOT_RIGHT]})
        assert not desk.is_inside

    def test_kill_switches_do_not_close_it(self, desk: Desk) -> None:
        with switched_on(GLOBAL, ACCOUNT_LOGIN):
            desk.password()
            assert desk.is_inside


@pytest.mark.ratelimited
class TestRates:
    def test_passwords_count_together_with_those_of_the_api(
        self, desk: Desk, api: Api, limits_clock: Any
    ) -> None:
        api.address = DESK
        for _ in range(2):
            assert desk.password(password="wrong").status_code == 200
            wrong = api("POST", "/login", {"username": "sam", "password": "wrong"})
            assert wrong.status_code == 401

        page = desk.password()
        assert page.status_code == 429
        assert page.context["form"].non_field_errors() == [TOO_MANY]
        assert TOO_MANY in page.content.decode()
        assert not desk.is_inside
        right = api("POST", "/login", {"username": "sam", "password": PASSWORD})
        assert right.status_code == 429

        elsewhere = Desk(address="203.0.113.51")
        elsewhere.password()
        assert elsewhere.is_inside
        limits_clock.now += 300
        desk.password()
        assert desk.is_inside

    @pytest.mark.parametrize(
        ("prefix", "path", "body"),
        [
            ("/api/v3", "/user/session", {"user": "sam", "pass": PASSWORD}),
            ("/api/v4", "/login", {"username": "sam", "password": PASSWORD}),
        ],
    )
    def test_attempts_count_towards_the_older_dialects(
        self, desk: Desk, limits_clock: Any, prefix: str, path: str, body: dict[str, str]
    ) -> None:
        for _ in range(3):
            assert desk.password(password="wrong").status_code == 200
        assert Api(prefix, address=DESK)("POST", path, body).status_code == 429

    def test_successful_logins_from_one_address_are_not_limited(
        self, desk: Desk, make_user: Callable[..., Any], limits_clock: Any
    ) -> None:
        for n in range(7):
            make_user(f"colleague{n}", is_staff=True)
            colleague = Desk()
            colleague.password(f"colleague{n}")
            assert colleague.is_inside

    def test_a_right_password_refunds_no_other_attempt(self, desk: Desk, limits_clock: Any) -> None:
        for _ in range(4):
            assert desk.password("admin", "a guess").status_code == 200
            # The last time without any attempt left.
            assert desk.password().status_code in {302, 429}
        assert desk.password("admin", "a guess").status_code == 429

    def test_logins_of_the_api_do_not_close_it(
        self, desk: Desk, api: Api, ann: Any, sams_app: App, limits_clock: Any
    ) -> None:
        api.address = DESK
        for name in ("ann", "ann", "ann", "sam", "nobody", "ann"):
            api("POST", "/login", {"username": name, "password": PASSWORD})
        closed = api("POST", "/login", {"username": "ann", "password": PASSWORD})
        assert closed.status_code == 429
        assert asks(desk.password())

    @pytest.mark.parametrize("prefix", ["/api/v3", "/api/v4", "/api/v5"])
    def test_attempts_at_the_api_count(self, desk: Desk, prefix: str, limits_clock: Any) -> None:
        guess = {"username": "sam", "password": "wrong"}
        path = "/user/session" if prefix == "/api/v3" else "/login"
        body = {"user": "sam", "pass": "wrong"} if prefix == "/api/v3" else guess
        for _ in range(3):
            assert Api(prefix, address=DESK)("POST", path, body).status_code == 401
        assert desk.password(password="wrong").status_code == 200
        assert desk.password().status_code == 429

    def test_a_challenge_does_not_count(self, desk: Desk, sams_app: App, limits_clock: Any) -> None:
        for _ in range(6):
            assert desk.password().status_code == 200

    def test_wrong_codes_are_limited_per_user(
        self, desk: Desk, sams_app: App, limits_clock: Any
    ) -> None:
        desk.password()
        for _ in range(5):
            assert desk.answer(code=sams_app.wrong_code()).status_code == 200
        page = desk.answer(code=sams_app.code())
        assert page.status_code == 429
        assert page.context["form"].non_field_errors() == [TOO_MANY]
        assert TOO_MANY in page.content.decode()
        assert not desk.is_inside

        limits_clock.now += 300
        desk.answer(code=sams_app.next_code())
        assert desk.is_inside


class TestStaffRequirement:
    WARNING = (
        "You have no second factor. Until you set one up, you cannot use the API's staff endpoints."
    )

    @pytest.fixture(autouse=True)
    def _required(self) -> Any:
        required = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}
        with override_settings(SESSIONS_API=required):
            yield

    def test_staff_without_one_are_warned(self, desk: Desk) -> None:
        desk.password()
        assert said(desk.browser.get(INDEX)) == self.WARNING

    def test_staff_with_one_are_not_warned(self, desk: Desk, sams_app: App) -> None:
        desk.password()
        desk.answer(code=sams_app.code())
        assert said(desk.browser.get(INDEX)) == ""


def test_no_warning_if_it_is_not_required(desk: Desk) -> None:
    desk.password()
    assert said(desk.browser.get(INDEX)) == ""
