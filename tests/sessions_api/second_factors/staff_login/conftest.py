"""Staff with second factors, and their desk."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sessions_api.second_factors.staff_login.desk import Desk
from tests.sessions_api.second_factors.totp import App


@pytest.fixture
def desk(staff: Any) -> Desk:
    """Sam's."""
    return Desk()


@pytest.fixture
def sams_app(staff: Any, enrol_app: Callable[..., App]) -> App:
    """Sam's authenticator app; a code of it has been shown, to enrol it."""
    app = enrol_app(staff)
    app.clock.now += 60
    return app
