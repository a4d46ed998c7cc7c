"""Browsers on the account pages, over HTTPS, with all that servers enforce."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sessions_api.account.visitor import Visitor


@pytest.fixture
def visitor(ann: Any) -> Visitor:
    """A browser without a session. Ann has an account."""
    return Visitor()


@pytest.fixture
def anns(visitor: Visitor) -> Visitor:
    """Ann's browser, logged in."""
    return visitor.log_in()


@pytest.fixture
def open_browser() -> Callable[[], Visitor]:
    return Visitor
