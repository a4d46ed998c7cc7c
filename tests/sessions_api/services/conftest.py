"""Who acts."""

from typing import Any

import pytest

from sessions_api.services.audit import Actor


@pytest.fixture
def actor(staff: Any) -> Actor:
    """Sam of the staff."""
    return Actor(user=staff)
