"""Fixtures with accounts whose password hash is due for an upgrade."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from cumulonimbus.models import User
from sessions_api.passwords import upgrades
from tests.api import Login
from tests.cast import PASSWORD
from tests.sessions_api.passwords.cheap import CHEAP


@pytest.fixture
def _weaker_hasher(settings: Any) -> None:
    """Add a weaker hasher to the settings."""
    settings.PASSWORD_HASHERS = [settings.PASSWORD_HASHERS[0], CHEAP]
    upgrades.forget()


@pytest.fixture
def old(ann: Any) -> Any:
    """Ann, with a weaker hash."""
    ann.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.filter(pk=ann.pk).update(password=ann.password)
    return ann


@pytest.fixture
def login(old: Any, log_in: Callable[..., Login]) -> Login:
    """A session of the account ``old``."""
    return log_in(old)
