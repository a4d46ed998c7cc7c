"""Fixtures for tests of the console's sessions: the setting is on, and Sam is logged in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests.sessions_api.http.console.console import Console


@pytest.fixture(autouse=True)
def _is_on(_limits: None) -> Iterator[None]:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"CONSOLE_SESSIONS": True}):
        yield


@pytest.fixture
def sams(staff: Any) -> Console:
    """Sam's browser, in which he has logged in to the console."""
    return Console(staff)
