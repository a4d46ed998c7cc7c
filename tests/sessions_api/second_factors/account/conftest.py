"""Browsers on the pages of second factors."""

from typing import Any

import pytest

from tests.sessions_api.account.visitor import Visitor


@pytest.fixture
def anns(ann: Any) -> Visitor:
    """Ann's browser, logged in with a password alone."""
    return Visitor().log_in()
