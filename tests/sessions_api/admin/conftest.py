"""The browsers of staff who end sessions."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.browser import browser_of


@pytest.fixture
def desk(staff: Any) -> Browser:
    """The browser of staff who may see and end sessions."""
    return browser_of(staff, "view_usersession", "delete_usersession")
