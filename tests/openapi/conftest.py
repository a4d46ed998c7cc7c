"""Fixtures for Schemathesis runs."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from sessions_api.http.openapi import samples
from sessions_api.incidents.models import OwnersMail
from sessions_api.incidents.services.sign_outs import request_sign_out
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services.encryption import encrypt
from tests.cast import DOING, LOOKING, allow
from tests.openapi.callers import Caller
from tests.sessions_api.incidents.services import by, open_one, steal


@pytest.fixture(autouse=True)
def _host(settings: Any) -> None:
    """Allow the host name that Schemathesis sends."""
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Turn off the log: thousands of lines about refused requests take longer than the requests."""
    caplog.set_level(logging.ERROR, "django.request")


@pytest.fixture(autouse=True)
def _one_transaction() -> Iterator[None]:
    """Keep the application, which runs in this process, from closing the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def callers(make_user: Callable[..., Any]) -> list[Caller]:
    """Return an anonymous caller; Ann, with the id of the examples; Sam, who is staff; and a scoped
    session of Sam.

    Sam has a second factor, and works on an incident.
    """
    ann = make_user("ann", pk=int(samples.USER_ID))
    sam = allow(make_user("sam", is_staff=True), *LOOKING, *DOING)
    SecondFactor.objects.create(user=sam, name="My phone", type="totp", secret=encrypt(b"secret"))
    Caller(ann).log_in()
    incident = open_one(by(sam))
    steal(ann)
    request_sign_out(incident, actor=by(sam), reason="Stolen tokens")
    OwnersMail.objects.create(incident=incident, requested_by_name="sam", text="Log in again.")
    return [Caller(), Caller(ann), Caller(sam), Caller(sam, flags=Scope.ALL)]
