"""Notices of a site with an address of its own."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.callers.clients import Client
from sessions_api.notices.models import Notice
from sessions_api.notices.services.delivery import send_due
from tests.api import CHROME, HOME, Login
from tests.sessions_api.notices.letters import SITE, letters

#: Elsewhere, and with something else.
ELSEWHERE = Client(address="203.0.113.9", user_agent="curl/8.0")


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"SITE_URL": SITE}


@pytest.fixture
def wanted(settings: Any) -> Callable[..., None]:
    """A function that has notices of these kinds sent, and no others."""

    def want(*kinds: str) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": kinds}

    return want


@pytest.fixture
def sent(mailoutbox: Any) -> Callable[[], list[Any]]:
    """A function that sends what is due, and returns the mails that came of it."""

    def send() -> list[Any]:
        before = len(letters())
        send_due()
        return letters()[before:]

    return send


@pytest.fixture
def break_in(ann: Any, log_in: Callable[..., Login]) -> Callable[[], Notice]:
    """A function by which somebody logs in as ann from elsewhere; returns what she is told."""

    def enter() -> Notice:
        log_in(ann, client=Client(address=HOME, user_agent=CHROME))
        log_in(ann, client=ELSEWHERE)
        return Notice.objects.latest("created_at")

    return enter
