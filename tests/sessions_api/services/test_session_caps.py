"""The maximum number of sessions per user."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from sessions_api.exceptions import TooManySessions
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.services.session_caps import REASON, SCOPED_REASON
from tests.api import Api
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MINUTE = timedelta(minutes=1)


def capped(**caps: int | bool) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | caps)


def test_a_login_beyond_the_cap_is_refused(ann: Any, bob: Any, log_in: Any) -> None:
    log_in(ann)
    log_in(ann)
    with capped(SESSIONS_PER_USER=2):
        refused = Api()("POST", "/login", {"username": "ann", "password": PASSWORD})
        assert refused.status_code == 403
        assert refused.json() == {
            "code": "TOO_MANY_SESSIONS_ERROR",
            "message": "Too Many Sessions",
        }
        guessed = Api()("POST", "/login", {"username": "ann", "password": "a guess"})
        assert guessed.json()["code"] == "INVALID_PASSWORD_ERROR"
        assert Api()("POST", "/login", {"username": "bob", "password": PASSWORD}).status_code == 201
    assert UserSession.objects.owned_by(ann).count() == 2


def test_the_least_recently_used_sessions_are_ended(ann: Any, log_in: Any) -> None:
    unused, used_long_ago, in_use = (log_in(ann).session for _ in range(3))
    sessions = UserSession.objects
    sessions.filter(pk=unused.pk).update(created_at=NOW - 2 * MINUTE)
    sessions.filter(pk=used_long_ago.pk).update(used_at=NOW - 3 * MINUTE)
    sessions.filter(pk=in_use.pk).update(used_at=NOW, created_at=NOW - 9 * MINUTE)
    with capped(SESSIONS_PER_USER=2, END_EXCESS_SESSIONS=True):
        new = log_in(ann).session
    assert set(sessions.owned_by(ann)) == {in_use, new}
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SESSIONS_ENDED)
    assert sorted(event.detail["sessions"]) == sorted([unused.sid, used_long_ago.sid])
    assert (event.actor, event.subject, event.detail["reason"]) == (ann, ann, REASON)


def test_kinds_are_counted_separately(ann: Any, log_in: Any) -> None:
    full = log_in(ann)
    first = log_in(ann, permission_flags=Scope.SESSION_READ)
    with capped(SESSIONS_PER_USER=2, SCOPED_SESSIONS_PER_USER=1):
        log_in(ann)
        body = {"name": "A script", "permissionFlags": 32, "password": PASSWORD}
        refused = full.api("POST", "/users/me/sessions", body)
        assert refused.json()["code"] == "TOO_MANY_SESSIONS_ERROR"
    with capped(SESSIONS_PER_USER=2, SCOPED_SESSIONS_PER_USER=1, END_EXCESS_SESSIONS=True):
        assert full.api("POST", "/users/me/sessions", body).status_code == 201
    assert not UserSession.objects.filter(pk=first.session.pk).exists()
    assert UserSession.objects.owned_by(ann).filter(permission_flags=None).count() == 2
    assert AuditEvent.objects.get(kind="sessions_ended").detail["reason"] == SCOPED_REASON


def test_ended_sessions_do_not_count(ann: Any, log_in: Any) -> None:
    expired, idle = log_in(ann).session, log_in(ann).session
    UserSession.objects.filter(pk=expired.pk).update(expires_at=NOW)
    UserSession.objects.filter(pk=idle.pk).update(created_at=NOW - 9 * MINUTE)
    with capped(SESSIONS_PER_USER=1):
        with pytest.raises(TooManySessions):
            log_in(ann)
        with capped(SESSIONS_PER_USER=1, IDLE_TIMEOUT=5 * MINUTE):
            log_in(ann)
