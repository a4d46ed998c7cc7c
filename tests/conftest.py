"""Fixtures for all tests: a small cast of users, their logins, and clients for the API."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import caches
from django.test import Client as HttpClient
from django.test import override_settings

from killswitches.registry import registry
from sessions_api import statistics
from sessions_api.callers.clients import Client
from sessions_api.incidents.background import worker
from sessions_api.notices.services.background import sender
from sessions_api.ratelimits.reservations import counter_of
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from sessions_api.services.session_creation import create_session
from sessions_api.statistics.recorder import Recorder
from tests.api import CHROME, HOME, OWN_SESSIONS, Api, Login
from tests.browser import browser_of
from tests.cast import DOING, LOOKING, PASSWORD, allow
from tests.conditional import pytest_ignore_collect as pytest_ignore_collect
from tests.rate_clock import Clock, rates_counted_by
from tests.sessions_api.second_factors import totp
from tests.sessions_api.second_factors.authenticator import Authenticator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ratelimited: the test runs with rate limits on")


@pytest.fixture(autouse=True)
def _limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Reset the counters before each test, and turn limits off unless it is ``ratelimited``."""
    caches["default"].clear()
    if request.node.get_closest_marker("ratelimited"):
        yield
        return
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"RATELIMIT_ENABLE": False}):
        yield


@pytest.fixture(autouse=True)
def _statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own statistics, which are not flushed in the background."""
    monkeypatch.setattr(statistics, "_recorder", Recorder(interval=None))


@pytest.fixture(autouse=True)
def _background() -> None:
    """Send no notices and run no jobs in the background."""
    sender().is_on = worker().is_on = False


@pytest.fixture
def api() -> Api:
    """A client without a token."""
    return Api()


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    def make(username: str, **fields: Any) -> AbstractBaseUser:
        return get_user_model().objects.create_user(username, password=PASSWORD, **fields)

    return make


@pytest.fixture
def log_in() -> Callable[..., Login]:
    """A function that creates a session without a request."""

    def begin(user: Any, *, permission_flags: int | None = None, **options: Any) -> Login:
        options = {
            "client": Client(address=HOME, user_agent=CHROME),
            "lifetime": timedelta(hours=24),
        } | options
        session, token = create_session(user, **options)
        if permission_flags is not None:
            session.permission_flags = permission_flags
            session.save(update_fields=["permission_flags"])
        return Login(user, session, token, Api(token=token))

    return begin


@pytest.fixture
def ann(make_user: Callable[..., Any]) -> Any:
    return make_user("ann", email="ann@example.com")


@pytest.fixture
def bob(make_user: Callable[..., Any]) -> Any:
    return make_user("bob")


@pytest.fixture
def carol(make_user: Callable[..., Any]) -> Any:
    """A banned user."""
    return make_user("carol", is_active=False)


@pytest.fixture
def staff(make_user: Callable[..., Any]) -> Any:
    """A member of staff with all permissions of staff endpoints, but no superuser."""
    return allow(make_user("sam", is_staff=True), *LOOKING, *DOING)


@pytest.fixture
def helper(make_user: Callable[..., Any]) -> Any:
    """A member of staff who may only view things."""
    return allow(make_user("hal", is_staff=True), *LOOKING)


@pytest.fixture
def newcomer(make_user: Callable[..., Any]) -> Any:
    """A member of staff without any permission."""
    return make_user("nora", is_staff=True)


@pytest.fixture
def root(make_user: Callable[..., Any]) -> Any:
    """A superuser."""
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def roots_desk(root: Any) -> HttpClient:
    """The browser of a superuser."""
    return browser_of(root)


@pytest.fixture
def me(ann: Any, log_in: Callable[..., Login]) -> Login:
    """Ann, logged in."""
    return log_in(ann)


@pytest.fixture
def other(ann: Any, log_in: Callable[..., Login]) -> Login:
    """Another session of Ann's."""
    return log_in(ann, name="Other")


@pytest.fixture
def bobs(bob: Any, log_in: Callable[..., Login]) -> Login:
    return log_in(bob)


@pytest.fixture
def boss(staff: Any, log_in: Callable[..., Login]) -> Login:
    """Sam, a member of staff, logged in."""
    return log_in(staff)


@pytest.fixture(params=["own", "staff"])
def view(request: pytest.FixtureRequest, me: Login, boss: Login) -> tuple[Api, str]:
    """A client and the path of Ann's sessions: as Ann uses it, and as staff use it."""
    if request.param == "own":
        return me.api, OWN_SESSIONS
    return boss.api, f"/users/{me.user.pk}/sessions"


@pytest.fixture
def limits_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The clock of the rate limits, which stands still until it is set.

    The windows of all clients begin at the clock's first time, so that none ends during a test.
    """
    clock = Clock()
    last_second_before = int(clock.now) - 1
    every_client = SimpleNamespace(crc32=lambda identity: last_second_before)
    monkeypatch.setattr("sessions_api.ratelimits.reservations.zlib", every_client)
    counter_of.cache_clear()
    with rates_counted_by(clock):
        yield clock
    counter_of.cache_clear()


@pytest.fixture
def own_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unregister the switches that the test registers when it ends."""
    for name, known in vars(registry).items():
        monkeypatch.setattr(registry, name, known.copy())


@pytest.fixture
def totp_clock(monkeypatch: pytest.MonkeyPatch) -> totp.Clock:
    """The clock of TOTP, so that codes do not change during a test."""
    clock = totp.Clock()
    monkeypatch.setattr("sessions_api.second_factors.services.totp.time", clock)
    return clock


@pytest.fixture
def enrol_app(totp_clock: totp.Clock) -> Callable[..., totp.App]:
    """A function that enrols an authenticator app for a user without a request."""

    def enrol(user: Any, name: str = "My phone") -> totp.App:
        begun = enrolment.begin_totp(Actor(user=user))
        app = totp.App(begun["secret"], totp_clock)
        enrolled = enrolment.confirm_totp(
            Actor(user=user), token=begun["token"], name=name, code=app.code()
        )
        app.factor, app.backup_codes = enrolled.factor, enrolled.backup_codes
        return app

    return enrol


@pytest.fixture
def enrol_key() -> Callable[..., Authenticator]:
    """A function that enrols a WebAuthn credential for a user without a request."""

    def enrol(user: Any, name: str = "My key", **fields: Any) -> Authenticator:
        authenticator = Authenticator(**fields)
        begun = enrolment.begin_webauthn(Actor(user=user))
        response = authenticator.create(begun)
        enrolment.confirm_webauthn(
            Actor(user=user), token=begun["token"], name=name, response=response
        )
        return authenticator

    return enrol
