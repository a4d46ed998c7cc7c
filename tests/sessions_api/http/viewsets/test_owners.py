"""Access to other users' sessions, auditing of ended sessions, and recording of the last use."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.fastpath.live_sessions import record_use
from sessions_api.models import AuditEvent, UserSession
from sessions_api.signals import sessions_ended
from tests.api import CHROME, HOME, Login, is_dead
from tests.api import OWN_SESSIONS as OWN
from tests.audit_outage import no_room_for_events

pytestmark = pytest.mark.django_db

NO_USER = {"code": "INVALID_USER_ERROR", "message": "Invalid User"}


class TestStaffPaths:
    PATHS = [
        ("GET", ""),
        ("GET", "/1"),
        ("DELETE", "/1"),
        ("DELETE", ""),
        ("DELETE", "/all"),
    ]

    @pytest.mark.parametrize(("method", "path"), PATHS)
    def test_others_are_refused_even_with_their_own_id(
        self, me: Login, bob: Any, method: str, path: str
    ) -> None:
        for user in (me.user, bob):
            response = me.api(method, f"/users/{user.pk}/sessions{path}", {"ids": ["1"]})
            assert (response.status_code, response.json()) == (
                403,
                {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"},
            )

    @pytest.mark.parametrize(("method", "path"), PATHS)
    @pytest.mark.parametrize(
        "uid",
        [
            "1",
            "0",
            "-1",
            "abc",
            "Me",
            "%20me",
            "9" * 19,
            "9" * 30,
            "9" * 5000,
            "1%00",
            "%00",
            "1e3",
            "٣",
            "01",
            "1_000",
        ],
    )
    def test_unknown_users(self, boss: Login, uid: str, method: str, path: str) -> None:
        response = boss.api(method, f"/users/{uid}/sessions{path}", {"ids": ["1"]})
        assert (response.status_code, response.json()) == (404, NO_USER)

    def test_former_staff(self, boss: Login, me: Login) -> None:
        path = f"/users/{me.user.pk}/sessions"
        assert boss.api("GET", path).status_code == 200
        boss.user.is_staff = False
        boss.user.save()
        assert boss.api("GET", path).status_code == 403


class TestAudit:
    def test_one_event_per_operation_names_every_session(
        self, me: Login, other: Login, boss: Login
    ) -> None:
        boss.api("DELETE", f"/users/{me.user.pk}/sessions/all")

        event = AuditEvent.objects.get(kind="sessions_ended")
        assert (event.actor, event.subject) == (boss.user, me.user)
        assert (event.actor_name, event.subject_name) == ("sam", "ann")
        assert (event.address, event.user_agent) == (HOME, CHROME)
        sids = sorted([me.session.sid, other.session.sid], reverse=True)
        assert event.detail == {"sessions": sids}

    def test_nothing_is_recorded_if_nothing_was_ended(self, me: Login) -> None:
        me.api("DELETE", f"{OWN}/all")
        me.api("DELETE", f"{OWN}/1")
        assert not AuditEvent.objects.filter(kind="sessions_ended").exists()

    def test_what_cannot_be_recorded_does_not_happen(self, me: Login, other: Login) -> None:
        with no_room_for_events():
            assert me.api("DELETE", f"{OWN}/{other.session.sid}").status_code == 500
        assert not is_dead(other)

    def test_a_signal_is_sent_after_the_commit(
        self, me: Login, other: Login, django_capture_on_commit_callbacks: Any
    ) -> None:
        heard: list[Any] = []

        def hear(**what: Any) -> None:
            heard.append(what)
            raise RuntimeError("a receiver that fails harms nothing")

        sessions_ended.connect(hear)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                response = me.api("DELETE", f"{OWN}/{other.session.sid}")
        finally:
            sessions_ended.disconnect(hear)
        assert response.status_code == 200
        [what] = heard
        assert [(one.user_id, one.sid) for one in what["ended"]] == [
            (me.user.pk, other.session.sid)
        ]
        assert what["actor"].user == me.user


class TestLastUse:
    def test_it_is_accurate_to_a_minute(self, me: Login) -> None:
        def used_at() -> datetime | None:
            return UserSession.objects.get(pk=me.session.pk).used_at

        assert used_at() is None
        me.api("GET", f"{OWN}/me")
        first = used_at()
        assert first
        assert datetime.now(UTC) - first < timedelta(seconds=30)
        me.api("GET", f"{OWN}/me")
        assert used_at() == first
        UserSession.objects.update(used_at=first - timedelta(seconds=61))
        me.api("GET", f"{OWN}/me")
        assert used_at() > first  # type: ignore[operator]

    def test_of_two_concurrent_requests_one_writes(self, me: Login) -> None:
        first, second = UserSession.objects.get(pk=me.session.pk), me.session
        now = timezone.now()
        record_use(first, now)
        record_use(second, now + timedelta(seconds=1))
        assert UserSession.objects.get(pk=me.session.pk).used_at == now
        record_use(first, now + timedelta(seconds=60))
        assert UserSession.objects.get(pk=me.session.pk).used_at == now + timedelta(seconds=60)
