"""Fixtures for tests of the admin."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.browser import browser_of


@pytest.fixture
def desk(staff: Any) -> Browser:
    """The browser of a staff user who may view and end sessions."""
    return browser_of(staff, "view_usersession", "delete_usersession")
