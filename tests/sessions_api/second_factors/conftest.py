"""Fixtures with enrolled factors, and the clock of their codes."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.totp import App, Clock


@pytest.fixture(autouse=True)
def clock(totp_clock: Clock) -> Clock:
    return totp_clock


@pytest.fixture
def anns_app(ann: Any, enrol_app: Callable[..., App]) -> App:
    """Ann's authenticator app."""
    return enrol_app(ann)


@pytest.fixture
def anns_key(ann: Any, enrol_key: Callable[..., Authenticator]) -> Authenticator:
    """Ann's security key."""
    return enrol_key(ann)
