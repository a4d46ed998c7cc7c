"""Sign-outs that were interrupted: whoever resumes one lends their authority, and is recorded."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.utils import timezone

from sessions_api.exceptions import Banned
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import Incident, SignOut, SignOutState
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.incidents.services.timeline import timeline
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from tests.sessions_api.incidents.services import (
    at_statement,
    by,
    failing,
    open_one,
    run_all,
    steal,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def interrupted(sign_out: SignOut, chief: Any) -> SignOut:
    """A sign-out of nine sessions, whose requester is banned."""
    ban(chief)
    jobs.run_due()
    sign_out.refresh_from_db()
    assert sign_out.state is SignOutState.INTERRUPTED
    return sign_out


def ban(user: Any) -> None:
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def resumed_events() -> int:
    return AuditEvent.objects.filter(kind="incident_resumed").count()


def test_who_has_requested_it_stays(interrupted: SignOut, chief: Any, other: Any) -> None:
    sign_outs.resume(interrupted, actor=by(other))
    interrupted.refresh_from_db()
    assert (interrupted.requested_by, interrupted.requested_by_name) == (chief, "chief")
    assert (interrupted.resumed_by, interrupted.resumed_by_name) == (other, "other")
    assert interrupted.resumed_at == interrupted.due_at
    event = AuditEvent.objects.get(kind="incident_resumed")
    assert (event.actor, event.detail["sign_out"]) == (other, interrupted.pk)
    run_all()
    assert not UserSession.objects.exists()


def test_one_that_runs_is_not_resumed_again(interrupted: SignOut, chief: Any, other: Any) -> None:
    sign_outs.resume(interrupted, actor=by(other))
    sign_outs.resume(interrupted, actor=Actor(name="command line (kim)"))
    interrupted.refresh_from_db()
    assert (interrupted.resumed_by_name, resumed_events()) == ("other", 1)


def test_from_then_on_their_authority_counts(
    interrupted: SignOut, other: Any, make_user: Any
) -> None:
    third = make_user("third", is_staff=True, is_superuser=True)
    sign_outs.resume(interrupted, actor=by(other))
    ban(other)
    jobs.run_due()
    interrupted.refresh_from_db()
    assert (interrupted.state, interrupted.error) == (SignOutState.INTERRUPTED, "BANNED_ERROR")
    assert UserSession.objects.count() == 9
    sign_outs.resume(interrupted, actor=by(third))
    run_all()
    interrupted.refresh_from_db()
    assert (interrupted.state, interrupted.resumed_by_name) == (SignOutState.FINISHED, "third")
    assert resumed_events() == 2


def test_a_late_interruption_does_not_undo_it(
    interrupted: SignOut, other: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a process that had begun a batch with the authority of the first."""
    late = SignOut.objects.get()
    sign_outs.resume(interrupted, actor=by(other))
    caplog.clear()
    jobs.interrupt(late, Banned())
    interrupted.refresh_from_db()
    assert (interrupted.state, interrupted.error) == (SignOutState.RUNNING, "")
    assert not caplog.messages
    run_all()
    assert not UserSession.objects.exists()


@pytest.mark.parametrize("resumed", [True, False])
def test_a_late_pause_does_not_undo_what_has_happened_since(
    interrupted: SignOut, chief: Any, other: Any, resumed: bool
) -> None:
    sign_outs.resume(interrupted, actor=by(other))
    since = timezone.now() if resumed else None

    def change() -> None:
        SignOut.objects.update(due_at=since, error="")

    with (
        failing('UPDATE "sessions_api_bulksignout"', OperationalError("gone")),
        at_statement('UPDATE "sessions_api_incidents_signout"', change, at=2),
    ):
        turns = iter([False])
        jobs.run_due(lambda: next(turns, True))
    interrupted.refresh_from_db()
    assert (interrupted.due_at, interrupted.error) == (since, "")


def test_one_that_runs_for_somebody_who_is_banned_is_taken_over(
    interrupted: SignOut, other: Any, make_user: Any
) -> None:
    third = make_user("third", is_staff=True, is_superuser=True)
    sign_outs.resume(interrupted, actor=by(other))
    ban(other)
    taken = sign_outs.resume(interrupted, actor=by(third))
    assert (taken.state, taken.resumed_by, resumed_events()) == (SignOutState.RUNNING, third, 2)
    run_all()
    assert not UserSession.objects.exists()


def test_a_command_resumes_it_without_an_account(interrupted: SignOut, chief: Any) -> None:
    sign_outs.resume(interrupted, actor=Actor(name="command line (kim)"))
    run_all()
    interrupted.refresh_from_db()
    assert (interrupted.state, interrupted.resumed_by) == (SignOutState.FINISHED, None)
    assert interrupted.requested_by == chief


def test_whoever_has_requested_it_can_still_not_approve_one(
    interrupted: SignOut, ann: Any, bob: Any, other: Any, settings: Any
) -> None:
    """Neither before nor after somebody has resumed another one of theirs."""
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
    steal(bob)
    incident = Incident.objects.get()
    waiting = sign_outs.request_sign_out(incident, actor=by(other), reason="stolen")
    with pytest.raises(IncidentConflict) as caught:
        sign_outs.resume(waiting, actor=by(other))
    assert caught.value.reason == "waiting"
    sign_outs.resume(interrupted, actor=by(other))
    with pytest.raises(IncidentConflict) as caught:
        sign_outs.approve(waiting, actor=by(other))
    assert caught.value.reason == "own_request"
    waiting.refresh_from_db()
    assert (waiting.requested_by_name, waiting.resumed_by_name) == ("other", "")


class TestAnUnreadableFilter:
    @pytest.fixture
    def sign_out(self, ann: Any, chief: Any) -> SignOut:
        steal(ann)
        sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
        SignOut.objects.update(criteria={"kind": "search", "mood": "bad"})
        return SignOut.objects.get()

    def test_interrupts_it_with_one_line(
        self, sign_out: SignOut, caplog: pytest.LogCaptureFixture
    ) -> None:
        jobs.run_due()
        sign_out.refresh_from_db()
        assert (sign_out.state, sign_out.error) == (SignOutState.INTERRUPTED, "unreadable_filter")
        assert jobs.next_due() is None
        [line] = caplog.messages
        assert line == f"SignOut {sign_out.pk} was interrupted: unreadable_filter"
        assert "Traceback" not in caplog.text
        assert str(sign_out) == "stolen"

    def test_is_not_resumed_but_stopped(self, sign_out: SignOut, chief: Any, other: Any) -> None:
        jobs.run_due()
        with pytest.raises(IncidentConflict) as caught:
            sign_outs.resume(sign_out, actor=by(other))
        assert (caught.value.reason, resumed_events()) == ("unreadable_filter", 0)
        assert sign_outs.stop(sign_out, actor=by(other)).state is SignOutState.STOPPED
        assert UserSession.objects.count() == 1


class TestWhoDecidesTakesPart:
    """So their deed is on the timeline."""

    def newest(self, sign_out: SignOut) -> tuple[str, str]:
        newest = timeline(sign_out.incident, limit=100)[-1]
        return newest.kind, newest.by

    def test_by_approving_and_stopping(self, waiting: SignOut, other: Any, make_user: Any) -> None:
        third = make_user("third", is_staff=True, is_superuser=True)
        running = sign_outs.approve(waiting, actor=by(other))
        assert self.newest(waiting) == ("incident_approved", "other")
        sign_outs.stop(running, actor=by(third))
        assert self.newest(waiting) == ("bulk_sign_out_cancelled", "third")

    def test_by_declining(self, waiting: SignOut, other: Any) -> None:
        declined = sign_outs.decline(waiting, actor=by(other), reason="a false alarm")
        assert self.newest(waiting) == ("incident_declined", "other")
        assert declined.declined_because == "a false alarm"

    @pytest.mark.parametrize("act", [sign_outs.stop, sign_outs.resume, sign_outs.approve])
    def test_what_is_declined_was_decided(self, waiting: SignOut, other: Any, act: Any) -> None:
        declined = sign_outs.decline(waiting, actor=by(other))
        with pytest.raises(IncidentConflict) as caught:
            act(declined, actor=by(other))
        assert caught.value.reason == "decided"

    def test_by_resuming(self, interrupted: SignOut, other: Any) -> None:
        sign_outs.resume(interrupted, actor=by(other))
        assert self.newest(interrupted) == ("incident_resumed", "other")

    def test_but_not_in_a_closed_one(self, waiting: SignOut, other: Any) -> None:
        incident = waiting.incident
        Incident.objects.update(closed_at=incident.opened_at)
        sign_outs.decline(waiting, actor=by(other))
        assert not incident.participations.filter(actor=other.pk).exists()

    def test_what_is_refused_makes_nobody_take_part(self, waiting: SignOut, other: Any) -> None:
        running = sign_outs.approve(waiting, actor=by(other))
        run_all()
        incident = waiting.incident
        incident.participations.filter(actor=other.pk).delete()
        with pytest.raises(IncidentConflict):
            sign_outs.stop(running, actor=by(other))
        assert not incident.participations.filter(actor=other.pk).exists()
