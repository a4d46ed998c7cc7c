"""Whether the checks run for a developer or in production."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import override_settings


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production: ``DEBUG`` is off, and there is no outbox as in tests."""
    monkeypatch.delattr(mail, "outbox")


@pytest.fixture(params=["DEBUG", "tests"])
def development(request: pytest.FixtureRequest) -> Callable[[], override_settings]:
    """As in development: with ``DEBUG``, or in tests, which turn it off."""
    return lambda: override_settings(DEBUG=request.param == "DEBUG")
