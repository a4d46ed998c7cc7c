"""Auditing of logins, and what a failed login reveals."""

from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.db import connection

from sessions_api.models import AuditEvent, UserSession
from sessions_api.signals import login_failed
from tests.api import CHROME, HOME, Api
from tests.audit_outage import no_room_for_events
from tests.cast import PASSWORD
from tests.rate_clock import Clock

pytestmark = pytest.mark.django_db

GOOD = {"username": "ann", "password": PASSWORD}


class TestHiddenUsers:
    @pytest.fixture(autouse=True)
    def _hide(self, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"HIDE_UNKNOWN_USERS": True}

    def test_the_response_and_the_work_are_the_same(
        self, api: Api, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashes: list[str] = []
        hasher = type(get_hasher())
        encode = hasher.encode
        verify = hasher.verify
        monkeypatch.setattr(hasher, "encode", lambda *args: hashes.append("made") or encode(*args))
        monkeypatch.setattr(
            hasher, "verify", lambda *args: hashes.append("verified") or verify(*args)
        )
        answers = [
            api("POST", "/login", {"username": name, "password": "guess"})
            for name in ("nobody", "ann")
        ]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert answers[0].json() == answers[1].json()
        assert hashes == ["made", "verified"]

    @pytest.mark.ratelimited
    def test_unknown_names_count(self, api: Api, limits_clock: Clock) -> None:
        answers = [api("POST", "/login", GOOD).status_code for _ in range(5)]
        assert answers == [401, 401, 401, 401, 429]


class TestAudit:
    def test_a_login_is_audited_with_its_session(self, api: Api, ann: Any) -> None:
        api("POST", "/login", GOOD)
        event = AuditEvent.objects.get()
        session = UserSession.objects.get()
        assert (event.kind, event.actor_id, event.subject_id) == ("login", ann.pk, ann.pk)
        assert (event.actor_name, event.subject_name) == ("ann", "ann")
        assert (event.address, event.user_agent) == (HOME, CHROME)
        assert event.detail == {"session": session.sid}

    @pytest.mark.parametrize(
        ("username", "code"),
        [("ann", "INVALID_PASSWORD_ERROR"), ("nobody", "INVALID_USER_ERROR")],
    )
    def test_a_failure_is_audited_without_the_typed_name(
        self, api: Api, ann: Any, username: str, code: str
    ) -> None:
        api("POST", "/login", {"username": username, "password": "hunter2"})
        event = AuditEvent.objects.get()
        assert (event.kind, event.actor_id) == ("login_failed", None)
        assert event.subject_id == (ann.pk if username == "ann" else None)
        assert event.detail == {"code": code}
        assert event.address == HOME

    def test_a_failure_is_signalled_with_its_code_after_the_commit(
        self, api: Api, ann: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        codes: list[str] = []

        def note(*, code: str, **_: object) -> None:
            codes.append(code)

        login_failed.connect(note)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                api("POST", "/login", {"username": "ann", "password": "hunter2"})
                assert codes == []
        finally:
            login_failed.disconnect(note)
        assert codes == ["INVALID_PASSWORD_ERROR"]

    def test_a_login_that_cannot_be_recorded_does_not_happen(self, api: Api, ann: Any) -> None:
        with no_room_for_events():
            assert api("POST", "/login", GOOD).status_code == 500
        assert not UserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_is_audited_under_atomic_requests(
    api: Api, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction of a refused request would be rolled back, with the event."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert api("POST", "/login", GOOD | {"password": "guess"}).status_code == 401
    assert AuditEvent.objects.get().kind == "login_failed"
