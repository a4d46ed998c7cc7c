"""The demo's two weeks, as its services have recorded them."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from cumulonimbus.models import User
from cumulonimbus.samples.story import (
    CONSOLE_LOGINS,
    DAYS,
    ELSEWHERE_LOCATION,
    HIJACKED,
    KEEPER,
    PEOPLE,
    authenticator_secret,
    create_story,
    enrol_authenticator,
)
from killswitches.gate import enabled_mask
from killswitches.models import SwitchFlip
from sessions_api.models import AuditEvent, SessionKind, UserSession
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.totp import App, Clock

pytestmark = pytest.mark.django_db
Kind = AuditEvent.Kind


@pytest.fixture
def now() -> Any:
    now = timezone.now()
    create_story(now)
    return now


def test_people_log_in_on_each_of_the_days(now: Any) -> None:
    logins = AuditEvent.objects.filter(kind=Kind.LOGIN).values_list("at", flat=True)
    days = Counter((now - at).days for at in logins)
    assert set(days) == set(range(DAYS))
    assert all(at <= now for at in logins)
    by_night = sum(at.hour < 5 for at in logins)
    assert by_night < len(logins) / 20


def test_there_is_something_of_everything(now: Any) -> None:
    events = Counter(AuditEvent.objects.values_list("kind", flat=True))
    assert events[Kind.LOGIN_FAILED] > 10
    assert events[Kind.SESSIONS_ENDED] > 3
    assert events[Kind.SCOPED_SESSION] > 1
    sessions = UserSession.objects.active()
    assert sessions.count() == UserSession.objects.count() > 10
    assert {"v3", "v4", "v5", "wolfpal"} == set(sessions.values_list("dialect", flat=True))
    assert not sessions.filter(location="").exists()
    assert not sessions.filter(used_at__gt=now).exists()
    assert sessions.filter(used_at__isnull=False).exists()
    assert User.objects.exclude(email="").count() == len(PEOPLE)


@pytest.mark.parametrize("weekday", [0, 6])
def test_everybody_is_logged_in_even_after_a_day_of_the_weekend(weekday: int) -> None:
    # Shortly after midnight nobody has logged in yet, and few did so the day before.
    midnight = timezone.now().replace(hour=0, minute=30)
    now = midnight - timedelta(days=(midnight.weekday() - weekday) % 7)
    create_story(now)
    names = UserSession.objects.active(now).values_list("user__username", flat=True)
    assert set(names) == {person.username for person in PEOPLE}


def test_a_member_of_staff_is_logged_in_to_the_console(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"CONSOLE_SESSIONS": True}
    create_story(timezone.now())
    logins = UserSession.objects.active().filter(user__username=KEEPER.username)
    assert [login.kind for login in logins] == [SessionKind.CONSOLE] * len(CONSOLE_LOGINS)
    assert {login.location for login in logins} == {KEEPER.location}


def test_one_account_is_hijacked(now: Any) -> None:
    [event] = AuditEvent.objects.filter(kind=Kind.NEW_LOCATION)
    assert (event.subject_name, event.detail["location"]) == (HIJACKED.username, ELSEWHERE_LOCATION)
    assert UserSession.objects.active().filter(location=ELSEWHERE_LOCATION).count() == 2


def test_a_switch_was_on_yesterday(now: Any) -> None:
    assert enabled_mask() == 0
    on, off = SwitchFlip.objects.order_by("at")
    assert (on.enabled, off.enabled) == (True, False)
    assert on.reason
    assert on.at == now - timedelta(days=1)
    assert off.at - on.at == timedelta(minutes=25)


def test_it_is_told_once(now: Any) -> None:
    before = list(AuditEvent.objects.values_list("pk", flat=True))
    create_story(now)
    assert list(AuditEvent.objects.values_list("pk", flat=True)) == before


def test_the_secret_of_the_authenticator_app_is_the_right_one(client: HttpClient) -> None:
    user = User.objects.create_user("erin", password=PASSWORD)
    assert authenticator_secret(user) is None
    enrol_authenticator(user)
    secret = authenticator_secret(user)
    assert secret
    body = {"username": "erin", "password": PASSWORD}
    challenge = client.post("/api/login", body, "application/json")
    assert challenge.json()["types"] == ["totp", "backup"]
    app = App(secret, Clock())
    answer = {"token": challenge.json()["token"], "type": "totp", "code": app.next_code()}
    assert client.post("/api/login", {"2fa": answer}, "application/json").status_code == 201
