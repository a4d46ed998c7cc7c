"""Fixtures for tests of incidents over REST."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.incidents.models import Incident
from tests.api import Login
from tests.cast import DOING, LOOKING, allow
from tests.sessions_api.incidents.services import by, open_one


@pytest.fixture
def second(make_user: Callable[..., Any], log_in: Callable[..., Login]) -> Login:
    """Tess, another member of staff with all permissions, logged in."""
    return log_in(allow(make_user("tess", is_staff=True), *LOOKING, *DOING))


@pytest.fixture
def incident(staff: Any) -> Incident:
    """An incident that Sam has opened, about sessions in the attacker's network."""
    return open_one(by(staff))


@pytest.fixture
def above_one(settings: Any) -> None:
    """Have sign-outs of more than one user approved."""
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
