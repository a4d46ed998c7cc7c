"""The services of bulk sign-outs."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.services import bulk_sign_outs
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import (
    begin_bulk_sign_out,
    cancel_bulk_sign_out,
    end_if_few,
    run_next_batch,
)
from sessions_api.signals import sessions_ended
from tests.api import Login
from tests.browser import expire
from tests.sessions_api.services.bulk_sign_outs import cut_small, make_sessions

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
EVERYTHING = UserSession.objects.all()


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)


def begin(actor: Actor, confirmation: UUID | None = None, **given: Any) -> BulkSignOut:
    given = {
        "reason": "a drill",
        "what": "All sessions",
        "criteria": {},
        "spares_superusers": False,
        "expected": None,
    } | given
    return begin_bulk_sign_out(confirmation or uuid4(), actor=actor, **given)


def left() -> set[int]:
    return set(UserSession.objects.values_list("pk", flat=True))


class TestFewSessions:
    def test_a_batch_is_ended_immediately(self, ann: Any, actor: Actor, log_in: LogIn) -> None:
        make_sessions(ann, 1000)
        expire(log_in(ann))
        ended = end_if_few(EVERYTHING, actor=actor, reason="a drill")
        assert ended is not None
        assert len(ended) == 1000
        assert UserSession.objects.count() == 1

    def test_more_than_a_batch_is_not(self, ann: Any, actor: Actor) -> None:
        make_sessions(ann, 1001)
        assert end_if_few(EVERYTHING, actor=actor, reason="a drill") is None
        assert UserSession.objects.count() == 1001
        assert not AuditEvent.objects.filter(kind="sessions_ended").exists()


class TestSessionsPastALimit:
    """They are not counted as ended, but must not be active again if the limit is raised."""

    @pytest.fixture
    def idle(self, settings: Any, ann: Any) -> list[UserSession]:
        settings.SESSIONS_API = settings.SESSIONS_API | {"IDLE_TIMEOUT": timedelta(hours=1)}
        return make_sessions(ann, 5, created_at=timezone.now() - timedelta(days=1))

    def test_few(self, ann: Any, bob: Any, actor: Actor, idle: list[UserSession]) -> None:
        make_sessions(ann, 2)
        [kept] = make_sessions(bob, 1, created_at=idle[0].created_at)
        ended = end_if_few(UserSession.objects.filter(user=ann), actor=actor, reason="a drill")
        assert ended is not None
        assert len(ended) == 2
        assert left() == {kept.pk}
        event = AuditEvent.objects.get(kind="sessions_ended")
        assert len(event.detail["sessions"]) == 2

    def test_none_besides(self, actor: Actor, idle: list[UserSession]) -> None:
        ended = end_if_few(EVERYTHING, actor=actor, reason="a drill")
        assert ended is not None
        assert not ended
        assert left() == set()
        assert not AuditEvent.objects.exists()

    @pytest.mark.usefixtures("_small")
    @pytest.mark.parametrize("indexed", [True, False])
    def test_many(self, ann: Any, actor: Actor, idle: list[UserSession], indexed: bool) -> None:
        make_sessions(ann, 4)
        sign_out = begin(actor)
        while sign_out.is_open:
            sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=indexed)
        assert sign_out.ended == 4
        assert left() == set()


@pytest.mark.usefixtures("_small")
class TestBatches:
    @pytest.mark.parametrize("indexed", [True, False])
    @pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5, 6, 7, 12, 13])
    def test_any_number_of_sessions_is_ended(
        self, ann: Any, actor: Actor, number: int, indexed: bool
    ) -> None:
        make_sessions(ann, number)
        sign_out = begin(actor)
        steps = 0
        while sign_out.is_open:
            before = (sign_out.ended, sign_out.passed)
            sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=indexed)
            assert before[0] <= sign_out.ended <= before[0] + 4
            assert before[1] <= sign_out.passed <= 100
            steps += 1
            assert steps <= number + 1
        assert (sign_out.ended, sign_out.passed, left()) == (number, 100, set())
        assert BulkSignOut.objects.get() == sign_out

    @pytest.mark.parametrize("indexed", [True, False])
    def test_only_matching_sessions_are_ended(
        self, ann: Any, bob: Any, actor: Actor, indexed: bool
    ) -> None:
        kept = {one.pk for one in make_sessions(bob, 8)}
        make_sessions(ann, 3)
        kept |= {one.pk for one in make_sessions(bob, 8)}
        make_sessions(ann, 3)
        sign_out = begin(actor)
        while sign_out.is_open:
            meant = UserSession.objects.filter(user=ann)
            sign_out = run_next_batch(sign_out, meant, actor=actor, indexed=indexed)
        assert sign_out.ended == 6
        assert left() == kept

    def test_without_an_index_a_batch_scans_a_window(
        self, ann: Any, bob: Any, actor: Actor
    ) -> None:
        *_, oldest_seen = make_sessions(bob, 8)[::-1][:6]
        sign_out = run_next_batch(
            begin(actor), UserSession.objects.filter(user=ann), actor=actor, indexed=False
        )
        assert sign_out.is_open
        assert sign_out.next_pk == oldest_seen.pk - 1

    def test_later_sessions_stay_active(self, ann: Any, actor: Actor) -> None:
        make_sessions(ann, 5)
        sign_out = begin(actor)
        later = {one.pk for one in make_sessions(ann, 3)}
        while sign_out.is_open:
            later |= {one.pk for one in make_sessions(ann, 1)}
            sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=True)
        assert left() == later

    def test_expired_and_ended_sessions_do_not_count(
        self, ann: Any, actor: Actor, log_in: LogIn
    ) -> None:
        gone, expired, _ = log_in(ann), log_in(ann), log_in(ann)
        sign_out = begin(actor)
        gone.session.delete()
        expire(expired)
        sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=True)
        assert (sign_out.is_open, sign_out.ended) == (False, 1)
        assert left() == {expired.session.pk}

    def test_sessions_ended_concurrently_by_others_do_not_count(
        self, ann: Any, actor: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        oldest, *_ = make_sessions(ann, 2)
        end = bulk_sign_outs.end_sessions

        def too_late(*args: Any, **kwargs: Any) -> Any:
            UserSession.objects.filter(pk=oldest.pk).delete()
            return end(*args, **kwargs)

        monkeypatch.setattr(bulk_sign_outs, "end_sessions", too_late)
        assert run_next_batch(begin(actor), EVERYTHING, actor=actor, indexed=True).ended == 1

    def test_each_batch_is_audited_and_signalled(
        self, ann: Any, actor: Actor, django_capture_on_commit_callbacks: Any
    ) -> None:
        sids = [one.sid for one in make_sessions(ann, 3)]
        signalled: list[list[int]] = []

        def receive(*, ended: Any, reason: str, **_: Any) -> None:
            signalled.append(sorted(one.sid for one in ended))
            assert reason == "a drill"

        sessions_ended.connect(receive)
        with django_capture_on_commit_callbacks(execute=True):
            sign_out = run_next_batch(begin(actor), EVERYTHING, actor=actor, indexed=True)
        sessions_ended.disconnect(receive)

        assert signalled == [sids[1:], sids[:1]]
        begun, *batches = AuditEvent.objects.order_by("pk")
        assert (begun.kind, begun.actor_name) == ("bulk_sign_out_begun", "sam")
        assert begun.detail == {
            "bulk_sign_out": sign_out.pk,
            "what": "All sessions",
            "reason": "a drill",
        }
        assert [event.detail for event in batches] == [
            {"bulk_sign_out": sign_out.pk, "reason": "a drill", "sessions": sids[:0:-1]},
            {"bulk_sign_out": sign_out.pk, "reason": "a drill", "sessions": sids[:1]},
        ]
        assert {(event.kind, event.subject) for event in batches} == {("sessions_ended", ann)}

    def test_an_interrupted_one_resumes_where_it_stopped(
        self, ann: Any, actor: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_sessions(ann, 7)
        sign_out = begin(actor)
        end, calls = bulk_sign_outs.end_sessions, count()

        def fail(*args: Any, **kwargs: Any) -> Any:
            ended = end(*args, **kwargs)
            if next(calls) == 1:
                raise RuntimeError("the power failed")
            return ended

        monkeypatch.setattr(bulk_sign_outs, "end_sessions", fail)
        with pytest.raises(RuntimeError):
            run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=True)
        sign_out.refresh_from_db()
        assert (sign_out.ended, len(left())) == (2, 5)
        while sign_out.is_open:
            sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=True)
        assert (sign_out.ended, left()) == (7, set())
        events = AuditEvent.objects.filter(kind="sessions_ended")
        assert sum(len(event.detail["sessions"]) for event in events) == 7

    def test_a_cancelled_one_ends_no_more_sessions(self, ann: Any, actor: Actor) -> None:
        make_sessions(ann, 7)
        sign_out = run_next_batch(begin(actor), EVERYTHING, actor=actor, indexed=True)
        assert cancel_bulk_sign_out(sign_out, actor=actor)
        assert not cancel_bulk_sign_out(sign_out, actor=actor)
        sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=True)
        assert (sign_out.cancelled, sign_out.ended, len(left())) == (True, 4, 3)
        event = AuditEvent.objects.get(kind="bulk_sign_out_cancelled")
        assert event.detail == {"bulk_sign_out": sign_out.pk, "what": "All sessions"}

    def test_a_confirmation_has_an_effect_once(self, ann: Any, actor: Actor) -> None:
        confirmation = uuid4()
        first = begin(actor, confirmation)
        make_sessions(ann, 1)
        assert begin(actor, confirmation, reason="something else") == first
        assert BulkSignOut.objects.get().reason == "a drill"
        assert AuditEvent.objects.filter(kind="bulk_sign_out_begun").count() == 1


def test_nothing_is_read_after_the_last_batch(ann: Any, actor: Actor) -> None:
    sign_out = begin(actor)
    with CaptureQueriesContext(connection) as captured:
        assert not run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=True).is_open
    reads = [one for one in captured if 'FROM "sessions_api_bulksignout"' in one["sql"]]
    assert len(reads) == 1


def test_a_stopped_one_shows_its_progress() -> None:
    sign_out = BulkSignOut(newest_pk=10, next_pk=5, finished_at=timezone.now())
    assert sign_out.passed == 100
    sign_out.cancelled = True
    assert sign_out.passed == 50


def test_progress_is_of_the_rows_that_are_there(ann: Any, actor: Actor) -> None:
    """Keys do not begin at 1 where older sessions have been pruned."""
    rows = make_sessions(ann, 2)
    UserSession.objects.bulk_create(
        UserSession(
            user=ann,
            pk=rows[0].pk + 10**6 + number,
            sid=10**9 + number,
            name="later",
            expires_at=rows[0].expires_at,
        )
        for number in range(200)
    )
    UserSession.objects.filter(name="made up").delete()
    sign_out = begin(actor)
    assert sign_out.oldest_pk == rows[0].pk + 10**6
    assert sign_out.passed == 0
    sign_out.next_pk -= 1
    assert (sign_out.passed, sign_out.percent) == (0.5, 0)
    sign_out.next_pk -= 99
    assert (sign_out.passed, sign_out.percent) == (50.0, 50)


def test_the_time_of_a_call_is_limited(
    ann: Any, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch takes a second on the fake clock."""
    cut_small(monkeypatch, SECONDS=2, BATCHES=100)
    monkeypatch.setattr(bulk_sign_outs, "time", SimpleNamespace(monotonic=count().__next__))
    make_sessions(ann, 20)
    assert run_next_batch(begin(actor), EVERYTHING, actor=actor, indexed=True).ended == 6


@pytest.mark.parametrize(("indexed", "statements"), [(True, 14), (False, 15)])
def test_statements_are_bounded_by_batches(
    ann: Any, actor: Actor, monkeypatch: pytest.MonkeyPatch, indexed: bool, statements: int
) -> None:
    monkeypatch.setattr(bulk_sign_outs, "BATCHES", 1)
    make_sessions(ann, 10_000)
    sign_out = begin(actor)
    batches = 0
    while sign_out.is_open:
        with CaptureQueriesContext(connection) as captured:
            sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=indexed)
        assert len(captured) <= statements
        batches += 1
    assert sign_out.ended == 10_000
    # The last batch may find nothing.
    assert batches <= 11
