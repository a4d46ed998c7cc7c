"""Logins from new locations are audited."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.services import new_locations as places
from sessions_api.services.new_locations import is_new_location
from sessions_api.services.session_creation import create_scoped_session
from tests.api import Api, Login
from tests.cast import PASSWORD

Kind = AuditEvent.Kind

PARIS, SWEDEN, BOXFORD = "2a02:ff0::1", "89.160.20.113", "2.125.160.217"
UNKNOWN = "198.51.100.7"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city_database")]


@pytest.fixture
def visit(log_in: Callable[..., Login]) -> Callable[..., Login]:
    """Return a function that logs a user in from an address."""

    def visit(user: Any, address: str | None) -> Login:
        return log_in(user, client=Client(address=address, user_agent=""))

    return visit


def new_locations() -> list[str]:
    events = AuditEvent.objects.filter(kind=Kind.NEW_LOCATION).order_by("pk")
    return [event.detail["location"] for event in events]


def test_only_new_locations_are_audited(visit: Any, ann: Any, bob: Any) -> None:
    for address in (PARIS, PARIS, SWEDEN, PARIS, SWEDEN, BOXFORD):
        visit(ann, address)
    visit(bob, BOXFORD)
    assert new_locations() == ["Sweden", "Boxford, England United Kingdom"]


def test_the_event_names_user_and_location(ann: Any, api: Api) -> None:
    body = {"username": "ann", "password": PASSWORD}
    for address in (PARIS, SWEDEN):
        assert api("POST", "/login", body, REMOTE_ADDR=address).status_code == 201
    newest = UserSession.objects.latest("pk")
    event = AuditEvent.objects.get(kind=Kind.NEW_LOCATION)
    assert (event.subject, event.actor, event.address) == (ann, ann, SWEDEN)
    assert event.detail == {"session": newest.sid, "location": "Sweden"}
    login = AuditEvent.objects.filter(kind=Kind.LOGIN).latest("pk")
    assert login.detail == {"session": newest.sid, "location": "Sweden"}


@pytest.mark.parametrize("address", [UNKNOWN, None])
def test_unknown_locations_do_not_count(visit: Any, ann: Any, address: str | None) -> None:
    visit(ann, address)
    visit(ann, PARIS)
    visit(ann, address)
    visit(ann, PARIS)
    assert new_locations() == []
    assert "location" not in AuditEvent.objects.filter(kind=Kind.LOGIN).earliest("pk").detail


def test_other_events_do_not_count(visit: Any, ann: Any, bob: Any) -> None:
    visit(ann, PARIS)
    AuditEvent.objects.create(kind=Kind.LOGIN_FAILED, subject=ann, detail={"location": "Sweden"})
    AuditEvent.objects.create(kind=Kind.LOGIN, subject=bob, detail={"location": "Sweden"})
    visit(ann, SWEDEN)
    assert new_locations() == ["Sweden"]


def test_scoped_sessions_do_not_count(visit: Any, ann: Any) -> None:
    visit(ann, PARIS)
    create_scoped_session(
        ann,
        client=Client(address=SWEDEN, user_agent=""),
        lifetime=timedelta(hours=1),
        dialect="",
        name="script",
        permission_flags=Scope.SESSION_READ,
    )
    assert new_locations() == []


def _events(user: Any, kind: Kind, location: str, count: int) -> None:
    """Create events that are older than all others."""
    past = timezone.now() - timedelta(days=1)
    AuditEvent.objects.bulk_create(
        AuditEvent(kind=kind, subject=user, detail={"location": location}, at=past)
        for _ in range(count)
    )


def test_the_number_of_compared_logins_is_limited(ann: Any) -> None:
    AuditEvent.objects.create(
        kind=Kind.LOGIN,
        subject=ann,
        detail={"location": "Sweden"},
        at=timezone.now() - timedelta(days=2),
    )
    _events(ann, Kind.LOGIN, "Paris, France", places.LOGINS_REMEMBERED - 1)
    assert not is_new_location(ann, "Sweden")
    _events(ann, Kind.LOGIN, "Paris, France", 1)
    assert is_new_location(ann, "Sweden")


def test_the_number_of_searched_events_is_limited(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "EVENTS_SEARCHED", 20)
    AuditEvent.objects.create(
        kind=Kind.LOGIN,
        subject=ann,
        detail={"location": "Sweden"},
        at=timezone.now() - timedelta(days=2),
    )
    _events(ann, Kind.LOGIN_FAILED, "", 19)
    assert is_new_location(ann, "Boxford")
    _events(ann, Kind.LOGIN_FAILED, "", 1)
    assert not is_new_location(ann, "Boxford"), "there is nothing to compare it with"


def test_a_failed_login_does_not_count(visit: Any, ann: Any) -> None:
    visit(ann, PARIS)
    with (
        mock.patch(
            "sessions_api.services.session_creation.send_after_commit",
            side_effect=ZeroDivisionError,
        ),
        pytest.raises(ZeroDivisionError),
    ):
        visit(ann, SWEDEN)
    assert new_locations() == []


def test_it_takes_one_query_and_none_for_an_unknown_location(
    visit: Any, ann: Any, settings: Any
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": ()}

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            visit(ann, address)
        return len(captured)

    unknown = queries(UNKNOWN)
    assert queries(PARIS) == unknown + 1
    assert queries(PARIS) == unknown + 1
    assert queries(SWEDEN) == unknown + 2
