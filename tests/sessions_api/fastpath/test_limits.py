"""Idle timeout and absolute lifetime, as decided by the query, by requests, and by the object."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.fastpath.live_sessions import find_live_session
from sessions_api.models import UserSession
from tests.api import Login

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def limited(**limits: timedelta | int | bool) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | limits)


@pytest.mark.parametrize("scoped", [False, True], ids=["full", "scoped"])
@pytest.mark.parametrize("ends", [True, False], ids=["new passwords end", "they end none"])
@pytest.mark.parametrize(
    ("limit", "created", "used", "is_over"),
    [
        # The last use is recorded once a minute, so a session may be idle a minute longer.
        ("IDLE_TIMEOUT", 9 * HOUR, HOUR + MINUTE - SECOND, False),
        ("IDLE_TIMEOUT", 9 * HOUR, HOUR + MINUTE, True),
        ("IDLE_TIMEOUT", HOUR + MINUTE - SECOND, None, False),
        ("IDLE_TIMEOUT", HOUR + MINUTE, None, True),
        ("ABSOLUTE_LIFETIME", HOUR - SECOND, None, False),
        ("ABSOLUTE_LIFETIME", HOUR, SECOND, True),
    ],
)
def test_query_request_and_object_agree(
    limit: str,
    created: timedelta,
    used: timedelta | None,
    is_over: bool,
    ends: bool,
    scoped: bool,
    ann: Any,
) -> None:
    session = UserSession.objects.create(
        user=ann,
        sid=1,
        created_at=NOW - created,
        used_at=None if used is None else NOW - used,
        expires_at=NOW + HOUR,
        permission_flags=1 if scoped else None,
    )
    own, other = (f"SCOPED_{limit}", limit) if scoped else (limit, f"SCOPED_{limit}")
    sessions = UserSession.objects.all()
    for limits, over in (({own: HOUR}, is_over), ({other: HOUR}, False), ({}, False)):
        with limited(**limits, PASSWORD_CHANGE_ENDS_SESSIONS=ends):
            found = find_live_session(ann.pk, session.sid, session.jti, NOW)
            assert (found is None) == over
            assert (session.ends_at <= NOW) == over
            assert sessions.active(NOW).exists() != over
            assert sessions.active(NOW, owner=ann).exists() != over
            assert sessions.ended_early(NOW).exists() == over
            assert sessions.past_limits(NOW).exists() == over
            assert not sessions.superseded(NOW).exists()
            assert not sessions.expired(NOW).exists()


def test_both_limits_together(ann: Any) -> None:
    """A session that has reached one limit has ended, whatever the other is."""
    used = UserSession(user=ann, sid=1, created_at=NOW - HOUR, used_at=NOW, expires_at=NOW + HOUR)
    unused = UserSession(user=ann, sid=2, created_at=NOW - 9 * MINUTE, expires_at=NOW + HOUR)
    fresh = UserSession(user=ann, sid=3, created_at=NOW - 2 * MINUTE, expires_at=NOW + HOUR)
    UserSession.objects.bulk_create([used, unused, fresh])
    with limited(IDLE_TIMEOUT=5 * MINUTE, ABSOLUTE_LIFETIME=HOUR):
        assert list(UserSession.objects.active(NOW)) == [fresh]


def test_an_idle_session_gets_401_and_is_not_revived(me: Login, other: Login) -> None:
    UserSession.objects.filter(pk=me.session.pk).update(used_at=NOW - HOUR)
    with limited(IDLE_TIMEOUT=30 * MINUTE):
        refused = me.api("GET", "/users/me/sessions/me")
        assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_SESSION_ERROR")
        listed = other.api("GET", "/users/me/sessions").json()["items"]
        assert [one["id"] for one in listed] == [other.session.sid]
        assert me.api("GET", "/users/me/sessions/me").status_code == 401


def test_limits_take_no_query_and_no_write(me: Login) -> None:
    me.api("GET", "/users/me/sessions/me")
    limits = {"IDLE_TIMEOUT": 30 * MINUTE, "ABSOLUTE_LIFETIME": HOUR}
    with limited(**limits), CaptureQueriesContext(connection) as captured:
        assert me.api("GET", "/users/me/sessions/me").status_code == 200
    assert len(captured) == 1


def test_use_keeps_a_session_alive(me: Login) -> None:
    """The use is recorded often enough that no active user is logged out."""
    with limited(IDLE_TIMEOUT=MINUTE):
        for ago in (119 * SECOND, 61 * SECOND):
            UserSession.objects.filter(pk=me.session.pk).update(used_at=timezone.now() - ago)
            assert me.api("GET", "/users/me/sessions/me").status_code == 200
            me.session.refresh_from_db()
            assert me.session.used_at is not None
            assert timezone.now() - me.session.used_at < 5 * SECOND
