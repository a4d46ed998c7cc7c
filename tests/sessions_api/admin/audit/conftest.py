"""The browser of an auditor."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.browser import browser_of


@pytest.fixture
def auditor(staff: Any) -> Browser:
    """The browser of staff who may view the log."""
    return browser_of(staff, "view_auditevent")
