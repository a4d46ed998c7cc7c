"""Bulk sign-outs while others run the same one, log in, or end single sessions."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from sessions_api.databases import estimates
from sessions_api.databases.estimates import estimate
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import (
    begin_bulk_sign_out,
    cancel_bulk_sign_out,
    end_if_few,
    run_next_batch,
)
from sessions_api.services.session_previews import COUNTED, count, preview
from sessions_api.services.sessions import end_sessions
from tests.sessions_api.services.bulk_sign_outs import cut_small, make_sessions
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = UserSession.objects.all()
NUMBER = 100


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch, BATCH=5, WINDOW=7, BATCHES=3)


def begin(actor: Actor, confirmation: Any = None) -> BulkSignOut:
    return begin_bulk_sign_out(
        confirmation or uuid4(),
        actor=actor,
        reason="a drill",
        what="All sessions",
        criteria={},
        spares_superusers=False,
        expected=NUMBER,
    )


def finish(sign_out: BulkSignOut, actor: Actor, indexed: bool = True) -> BulkSignOut:
    while sign_out.is_open:
        sign_out = run_next_batch(sign_out, EVERYTHING, actor=actor, indexed=indexed)
    return sign_out


def recorded() -> list[int]:
    events = AuditEvent.objects.filter(kind="sessions_ended")
    return sorted(sid for event in events for sid in event.detail["sessions"])


@pytest.mark.usefixtures("_small")
class TestRaces:
    @pytest.mark.parametrize("indexed", [True, False])
    def test_two_concurrent_runs_share_the_work(
        self, ann: Any, actor: Actor, indexed: bool
    ) -> None:
        sids = [one.sid for one in make_sessions(ann, NUMBER)]
        sign_out = begin(actor)
        together(*[partial(finish, sign_out, actor, indexed)] * 3)
        sign_out.refresh_from_db()
        assert (sign_out.is_open, sign_out.ended) == (False, NUMBER)
        assert recorded() == sids

    def test_two_bulk_sign_outs_of_the_same_sessions(self, ann: Any, actor: Actor) -> None:
        sids = [one.sid for one in make_sessions(ann, NUMBER)]
        done = together(*[partial(finish, begin(actor), actor) for _ in range(3)])
        assert sum(sign_out.ended for sign_out in done) == NUMBER
        assert recorded() == sids

    def test_sessions_are_also_ended_one_by_one(self, ann: Any, actor: Actor) -> None:
        sessions = make_sessions(ann, NUMBER)

        def one_by_one() -> int:
            rows = [UserSession.objects.filter(pk=session.pk) for session in sessions]
            return sum(len(end_sessions(row, actor=actor)) for row in rows)

        sign_out, ended = together(partial(finish, begin(actor), actor), one_by_one)
        assert sign_out.ended + ended == NUMBER
        assert recorded() == [session.sid for session in sessions]

    def test_concurrent_logins_stay_active(
        self, ann: Any, bob: Any, actor: Actor, log_in: Callable[..., Any]
    ) -> None:
        make_sessions(ann, NUMBER)
        sign_out = begin(actor)

        def log_in_again_and_again() -> set[int]:
            return {log_in(user).session.pk for user in (ann, bob) * 10}

        _, begun = together(partial(finish, sign_out, actor), log_in_again_and_again)
        assert set(EVERYTHING.values_list("pk", flat=True)) == begun

    def test_the_same_confirmation_concurrently(self, ann: Any, actor: Actor) -> None:
        begun = together(*[partial(begin, actor, uuid4())] * 6)
        assert BulkSignOut.objects.get() == begun[0]
        assert AuditEvent.objects.filter(kind="bulk_sign_out_begun").count() == 1

    def test_a_cancellation_is_final(self, ann: Any, actor: Actor) -> None:
        make_sessions(ann, NUMBER)
        sign_out = begin(actor)
        together(
            partial(finish, sign_out, actor),
            lambda: cancel_bulk_sign_out(sign_out, actor=actor),
            lambda: cancel_bulk_sign_out(sign_out, actor=actor),
        )
        sign_out.refresh_from_db()
        cancelled = AuditEvent.objects.filter(kind="bulk_sign_out_cancelled").count()
        assert cancelled == int(sign_out.cancelled)
        assert sign_out.ended == len(recorded()) == NUMBER - EVERYTHING.count()

    def test_few_sessions_are_ended_by_two_calls(self, ann: Any, actor: Actor) -> None:
        make_sessions(ann, 5)
        both = together(*[lambda: end_if_few(EVERYTHING, actor=actor, reason="a drill")] * 2)
        assert sum(map(len, both)) == 5


class TestManySessions:
    """Expensive operations are replaced by estimates, samples of the newest rows, or windows."""

    @pytest.fixture
    def many(self, ann: Any, bob: Any) -> None:
        make_sessions(bob, 20, os="BeOS")
        make_sessions(ann, 6000, os="Linux")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE sessions_api_usersession")

    @pytest.fixture
    def _patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lower the cost limit, as if the table were a thousand times as large."""
        monkeypatch.setattr(estimates, "LONG", 100)

    @pytest.mark.usefixtures("_patience")
    def test_without_an_index_the_number_is_estimated(
        self, many: None, bob: Any, staff: Any
    ) -> None:
        rare = UserSession.objects.filter(os="BeOS")
        found = count(rare)
        assert found.sessions is None
        assert 1 <= found.estimated <= 200
        assert str(found) == f"about {found.estimated}"
        assert end_if_few(rare, actor=Actor(user=staff), reason="a drill") is None

    @pytest.mark.usefixtures("_patience")
    def test_with_an_index_the_number_is_counted(self, many: None, bob: Any, staff: Any) -> None:
        assert str(count(UserSession.objects.filter(user=bob))) == "20"
        ended = end_if_few(
            UserSession.objects.filter(user=bob), actor=Actor(user=staff), reason="a drill"
        )
        assert ended is not None
        assert len(ended) == 20

    @pytest.mark.usefixtures("_patience")
    def test_the_sample_is_of_the_newest_rows(
        self, many: None, bob: Any, staff: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rare = UserSession.objects.filter(os="BeOS")
        assert len(preview(staff, rare).sample) == 10
        monkeypatch.setattr("sessions_api.services.session_previews.WINDOW", 5000)
        assert preview(staff, rare).sample == []
        newest = make_sessions(bob, 2, os="BeOS")[::-1]
        assert preview(staff, rare).sample == newest

    def test_the_number_of_counted_sessions_is_limited(
        self, many: None, staff: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sessions_api.services.session_previews.COUNTED", 6019)
        found = count(EVERYTHING)
        assert found.sessions is None
        assert 5900 <= found.estimated <= 6100
        monkeypatch.setattr("sessions_api.services.session_previews.COUNTED", 6020)
        assert str(count(EVERYTHING)) == "6,020"

    def test_an_empty_queryset_takes_no_query(self) -> None:
        assert COUNTED == 100_000
        assert estimate(UserSession.objects.none()) == estimate(
            UserSession.objects.filter(pk__in=[])
        )
        assert count(UserSession.objects.none()).sessions == 0
