"""Fixtures of :mod:`sessions_api.testing` for pytest.

A host names this module in the ``pytest_plugins`` of its root ``conftest.py``. It imports nothing
that needs Django's settings until a fixture is used.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.request import Request

    from sessions_api.http.authentication import SessionTokenAuthentication
    from sessions_api.testing import Clock, SessionClient

FORCE_LOGIN = (
    "This view takes session tokens, and force_login() of Django's and REST framework's clients "
    "sends a cookie alone. Take the client from sessions_api.testing.log_in()."
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ratelimited: requests are counted from zero, and limited")


@pytest.fixture(autouse=True)
def _rates(request: pytest.FixtureRequest) -> Iterator[None]:
    """Turn rates off, unless the test is marked ``ratelimited``."""
    from sessions_api.testing import rates_off, rates_on

    with rates_on() if request.node.get_closest_marker("ratelimited") else rates_off():
        yield


@pytest.fixture(autouse=True)
def _force_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Explain the 401 of a view that takes tokens to a test that has logged in by a cookie."""
    from django.conf import settings

    from sessions_api.http.authentication import SessionTokenAuthentication

    ask_for_token = SessionTokenAuthentication.authenticate_header

    def explain(self: "SessionTokenAuthentication", request: "Request") -> str:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.headers.get(
            "Authorization"
        ):
            warnings.warn(FORCE_LOGIN, stacklevel=2)
        return ask_for_token(self, request)

    monkeypatch.setattr(SessionTokenAuthentication, "authenticate_header", explain)


@pytest.fixture
def api_client() -> "SessionClient":
    """A client without a session."""
    from sessions_api.testing import SessionClient

    return SessionClient()


@pytest.fixture
def log_in() -> "Callable[..., SessionClient]":
    """:func:`sessions_api.testing.log_in`: a function that returns a client with a session."""
    from sessions_api.testing import log_in

    return log_in


@pytest.fixture
def sessions_clock() -> "Iterator[Clock]":
    """The clock of the test, which stops until the test moves it."""
    from sessions_api.testing import frozen_clock

    with frozen_clock() as clock:
        yield clock
