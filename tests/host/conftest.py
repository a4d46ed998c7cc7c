"""Fixtures for the host's tests: its accounts."""

import uuid

import pytest

from tests.host.callers import PASSWORD
from tests.host.models import Member

pytest_plugins = ["sessions_api.pytest_plugin"]


@pytest.fixture
def mia(db: None) -> Member:
    key = uuid.UUID("abcdef00-0000-4000-8000-000000000001")
    return Member.objects.create_user("mia@example.com", PASSWORD, id=key)


@pytest.fixture
def staff(db: None) -> Member:
    return Member.objects.create_user("sam@example.com", PASSWORD, is_superuser=True)
