"""Ending all sessions of a user, some of which a limit has already ended."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from sessions_api.models import AuditEvent, UserSession
from tests.api import Login

HOUR = timedelta(hours=1)


def test_raising_a_limit_does_not_revive_ended_sessions(
    me: Login, other: Login, bobs: Login, log_in: Any
) -> None:
    idle = log_in(me.user, name="Idle")
    unused = UserSession.objects.filter(pk__in=[idle.session.pk, bobs.session.pk])
    unused.update(created_at=timezone.now() - 2 * HOUR)
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"IDLE_TIMEOUT": HOUR}):
        ended = me.api("DELETE", "/users/me/sessions/all")
        assert ended.json()["count"] == 1
    assert list(UserSession.objects.owned_by(me.user)) == [me.session]
    assert UserSession.objects.owned_by(bobs.user).exists()
    assert AuditEvent.objects.get(kind="sessions_ended").detail["sessions"] == [other.session.sid]
