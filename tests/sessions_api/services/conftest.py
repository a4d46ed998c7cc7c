"""Fixtures for tests of services."""

from typing import Any

import pytest

from sessions_api.services.audit import Actor


@pytest.fixture
def actor(staff: Any) -> Actor:
    """Sam, a staff user, as an actor."""
    return Actor(user=staff)
