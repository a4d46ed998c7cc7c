"""Staff who work on incidents, and a site that sends mail."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from tests.sessions_api.notices.letters import SITE


@pytest.fixture
def chief(make_user: Callable[..., Any]) -> Any:
    return make_user("chief", is_staff=True, is_superuser=True)


@pytest.fixture
def other(make_user: Callable[..., Any]) -> Any:
    return make_user("other", is_staff=True, is_superuser=True)


@pytest.fixture
def _mail(settings: Any) -> None:
    """Send notices."""
    settings.SESSIONS_API = settings.SESSIONS_API | {"SITE_URL": SITE}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, str]]:
    """A function that runs ``manage.py incident``, and returns its output and its errors."""
    monkeypatch.setenv("LOGNAME", "ops")

    def call(*args: object) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        call_command("incident", *map(str, args), stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    return call
