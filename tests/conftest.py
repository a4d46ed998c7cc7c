"""A small cast, and a way to call the API as one of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.test import Client as HttpClient
from django.test import override_settings

from sessions_api import statistics
from sessions_api.accounts import privileges
from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.ratelimits.reservations import counter_of
from sessions_api.second_factors.privileges import REMOVE_SECOND_FACTORS, VIEW_SECOND_FACTORS
from sessions_api.services.sessions import create_session
from sessions_api.statistics.recorder import Recorder
from tests.conditional import pytest_ignore_collect as pytest_ignore_collect
from tests.rate_clock import rates_counted_by

HOME = "198.51.100.7"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/87.0.4280.88 Safari/537.36"
)
PASSWORD = "correct horse battery staple"
OWN_SESSIONS = "/users/me/sessions"

#: What staff may look at over REST, and what they may do there.
LOOKING = (
    privileges.VIEW_SESSIONS,
    VIEW_SECOND_FACTORS,
    privileges.VIEW_KILL_SWITCHES,
)
DOING = (
    privileges.END_SESSIONS,
    REMOVE_SECOND_FACTORS,
    privileges.FLIP_KILL_SWITCHES,
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ratelimited: the test runs with rate limits on")


@dataclass
class Api:
    """Calls the API under a prefix; ``token`` goes raw into the ``Authorization`` header."""

    prefix: str = "/api/v5"
    token: str | None = None
    address: str = HOME
    user_agent: str | None = CHROME

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        content_type: str = "application/json",
        **meta: Any,
    ) -> Any:
        if authorization := token or self.token:
            meta.setdefault("HTTP_AUTHORIZATION", authorization)
        if self.user_agent is not None:
            meta.setdefault("HTTP_USER_AGENT", self.user_agent)
        return HttpClient(raise_request_exception=False).generic(
            method,
            self.prefix + path,
            _encode(body),
            content_type,
            **{"REMOTE_ADDR": self.address} | meta,
        )


def _encode(body: Any) -> bytes | str:
    if body is None:
        return b""
    if isinstance(body, bytes | str):
        return body
    return json.dumps(body)


@dataclass
class Login:
    """A session that is open, and an API that uses it."""

    user: Any
    session: UserSession
    token: str
    api: Api


def is_dead(login: Login) -> bool:
    """Whether the session's token is refused."""
    return login.api("GET", f"{OWN_SESSIONS}/me").status_code == 401


@pytest.fixture(autouse=True)
def _limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Counters are empty before each test; limits are off unless the test is about them."""
    caches["default"].clear()
    if request.node.get_closest_marker("ratelimited"):
        yield
        return
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"RATELIMIT_ENABLE": False}):
        yield


@pytest.fixture(autouse=True)
def _statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test counts its requests for itself, and nothing is handed on behind its back."""
    monkeypatch.setattr(statistics, "_recorder", Recorder(interval=None))


@pytest.fixture
def api() -> Api:
    """A stranger's API."""
    return Api()


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    def make(username: str, **fields: Any) -> AbstractBaseUser:
        return get_user_model().objects.create_user(username, password=PASSWORD, **fields)

    return make


def allow(user: Any, *permissions: str) -> Any:
    """The user, who has been given these permissions, by their full names."""
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user


@pytest.fixture
def log_in() -> Callable[..., Login]:
    """Begins a session without a request."""

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
    """Banned."""
    return make_user("carol", is_active=False)


@pytest.fixture
def staff(make_user: Callable[..., Any]) -> Any:
    """May do all that staff do over REST, but is no superuser."""
    return allow(make_user("sam", is_staff=True), *LOOKING, *DOING)


@pytest.fixture
def helper(make_user: Callable[..., Any]) -> Any:
    """May look at all that, and do nothing."""
    return allow(make_user("hal", is_staff=True), *LOOKING)


@pytest.fixture
def newcomer(make_user: Callable[..., Any]) -> Any:
    """Of the staff, and nothing else."""
    return make_user("nora", is_staff=True)


@pytest.fixture
def root(make_user: Callable[..., Any]) -> Any:
    """A superuser."""
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def me(ann: Any, log_in: Callable[..., Login]) -> Login:
    """Ann, logged in."""
    return log_in(ann)


@pytest.fixture
def other(ann: Any, log_in: Callable[..., Login]) -> Login:
    """Another session of ann's."""
    return log_in(ann, name="Other")


@pytest.fixture
def bobs(bob: Any, log_in: Callable[..., Login]) -> Login:
    return log_in(bob)


@pytest.fixture
def boss(staff: Any, log_in: Callable[..., Login]) -> Login:
    """Sam of the staff, logged in."""
    return log_in(staff)


@pytest.fixture(params=["own", "staff"])
def view(request: pytest.FixtureRequest, me: Login, boss: Login) -> tuple[Api, str]:
    """Ann's sessions, as she sees them and as staff see them: who asks, and the path."""
    if request.param == "own":
        return me.api, OWN_SESSIONS
    return boss.api, f"/users/{me.user.pk}/sessions"


class Clock:
    """Stands still until it is set."""

    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def limits_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The clock by which rates are counted. Every window, whoever's it is, begins where the clock
    stands at first, so that none ends while a test counts within it."""
    clock = Clock()
    last_second_before = int(clock.now) - 1
    every_client = SimpleNamespace(crc32=lambda identity: last_second_before)
    monkeypatch.setattr("sessions_api.ratelimits.reservations.zlib", every_client)
    counter_of.cache_clear()
    with rates_counted_by(clock):
        yield clock
    counter_of.cache_clear()
