"""The result of :func:`end_sessions`."""

from typing import Any

import pytest

from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.ended_sessions import MOST_IN_EVENT, EndedSession, EndedSessions
from sessions_api.services.sessions import end_sessions
from tests.api import Login, is_dead
from tests.sessions_api.services.bulk_sign_outs import make_sessions

ACTOR = Actor(name="the test")
ENDED = EndedSessions({1: [30, 20], 2: [10]})


def test_they_are_a_sequence_of_pairs() -> None:
    pairs = [EndedSession(1, 30), EndedSession(1, 20), EndedSession(2, 10)]
    assert list(ENDED) == pairs
    assert len(ENDED) == 3
    assert (ENDED[0], ENDED[-1], ENDED[1:]) == (pairs[0], pairs[2], tuple(pairs[1:]))
    assert EndedSession(2, 10) in ENDED
    assert EndedSession(2, 30) not in ENDED


def test_an_empty_result_is_false() -> None:
    assert not EndedSessions({})


@pytest.mark.django_db
class TestEnding:
    def test_all_given_sessions(self, ann: Any, bob: Any, log_in: Any) -> None:
        first, second, his = log_in(ann), log_in(ann), log_in(bob)
        ended = end_sessions(UserSession.objects.all(), actor=ACTOR)
        assert {key: sorted(sids) for key, sids in ended.sids_by_owner.items()} == {
            ann.pk: sorted([first.session.sid, second.session.sid]),
            bob.pk: [his.session.sid],
        }
        assert AuditEvent.objects.filter(kind="sessions_ended").count() == 2

    def test_only_sessions_of_the_given_owner(self, ann: Any, bob: Any, log_in: Any) -> None:
        hers: Login = log_in(ann)
        his: Login = log_in(bob)
        ended = end_sessions(UserSession.objects.all(), actor=ACTOR, owner=ann)
        assert list(ended) == [EndedSession(ann.pk, hers.session.sid)]
        assert is_dead(hers)
        assert not is_dead(his)
        event = AuditEvent.objects.get(kind="sessions_ended")
        assert (event.subject, event.subject_name) == (ann, "ann")
        assert event.detail == {"sessions": [hers.session.sid]}

    def test_events_have_a_bounded_size(self, ann: Any, bob: Any) -> None:
        """Lists, exports and pages hold whole events in memory."""
        hers = [session.sid for session in make_sessions(ann, 2 * MOST_IN_EVENT + 1)]
        [his] = make_sessions(bob, 1)
        ended = end_sessions(UserSession.objects.all(), actor=ACTOR, reason="a drill", ending=7)
        assert len(ended) == len(hers) + 1

        events = AuditEvent.objects.filter(kind="sessions_ended").order_by("pk")
        assert {event.detail["reason"] for event in events} == {"a drill"}
        assert {event.detail["ending"] for event in events} == {7}
        named = [event.detail["sessions"] for event in events.filter(subject=ann.pk)]
        assert [len(sids) for sids in named] == [MOST_IN_EVENT, MOST_IN_EVENT, 1]
        assert [sid for sids in named for sid in sids] == sorted(hers, reverse=True)
        assert events.get(subject=bob.pk).detail["sessions"] == [his.sid]

    def test_an_owner_without_sessions(self, ann: Any, bob: Any, log_in: Any) -> None:
        his: Login = log_in(bob)
        assert not end_sessions(UserSession.objects.all(), actor=ACTOR, owner=ann)
        assert not is_dead(his)
        assert not AuditEvent.objects.filter(kind="sessions_ended").exists()
