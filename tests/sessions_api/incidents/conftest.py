"""Staff who work on incidents, and a site that sends mail."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from sessions_api.incidents.models import SignOut
from sessions_api.incidents.services import sign_outs
from tests.sessions_api.incidents.services import by, open_one, steal
from tests.sessions_api.notices.letters import SITE
from tests.sessions_api.services.bulk_sign_outs import cut_small


@pytest.fixture
def chief(make_user: Callable[..., Any]) -> Any:
    return make_user("chief", is_staff=True, is_superuser=True)


@pytest.fixture
def other(make_user: Callable[..., Any]) -> Any:
    return make_user("other", is_staff=True, is_superuser=True)


@pytest.fixture
def sign_out(ann: Any, chief: Any, monkeypatch: pytest.MonkeyPatch) -> SignOut:
    """A sign-out of nine sessions, in batches of two."""
    cut_small(monkeypatch)
    steal(ann, 9)
    return sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")


@pytest.fixture
def waiting(ann: Any, bob: Any, chief: Any, settings: Any) -> SignOut:
    """A sign-out of two users, which waits for approval."""
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
    steal(ann)
    steal(bob)
    return sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")


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
