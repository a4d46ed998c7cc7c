"""Fixtures for tests of the admin's login."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sessions_api.second_factors.staff_login.desk import Desk
from tests.sessions_api.second_factors.totp import App


@pytest.fixture
def desk(staff: Any) -> Desk:
    """A browser in which Sam has not logged in yet."""
    return Desk()


@pytest.fixture
def sams_app(staff: Any, enrol_app: Callable[..., App]) -> App:
    """Sam's authenticator app. One of its codes has been used for the enrolment."""
    app = enrol_app(staff)
    app.clock.now += 60
    return app
