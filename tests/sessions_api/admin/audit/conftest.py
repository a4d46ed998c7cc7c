"""Fixtures for tests of the audit log in the admin."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.browser import browser_of


@pytest.fixture
def auditor(staff: Any) -> Browser:
    """The browser of a staff user who may view the audit log."""
    return browser_of(staff, "view_auditevent")
