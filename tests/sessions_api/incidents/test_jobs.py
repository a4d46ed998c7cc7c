"""Jobs: any process goes on with what is due, and with what another one has left."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from sessions_api.incidents import background
from sessions_api.incidents.models import SignOut, SignOutState
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.incidents.services.jobs import LEASE, PAUSE
from sessions_api.models import BulkSignOut, UserSession
from sessions_api.services.undone_work import kinds_of_work
from sessions_api.testing import frozen_clock
from tests.sessions_api.incidents.services import (
    at_statement,
    by,
    failing,
    run_all,
)

pytestmark = pytest.mark.django_db

#: A statement of each batch.
BATCH = 'UPDATE "sessions_api_bulksignout"'


def left() -> int:
    return UserSession.objects.count()


def test_nothing_is_due_without_one() -> None:
    jobs.run_due()
    assert (jobs.next_due(), jobs.oldest_sign_out(), jobs.oldest_mail()) == (None,) * 3
    assert background.run(lambda: False) is None


def test_the_thread_runs_what_is_due(sign_out: SignOut) -> None:
    assert background.run(lambda: True) == sign_out.due_at
    assert left() == 9
    assert background.run(lambda: False) is None
    assert left() == 0


def test_one_that_the_former_release_has_finished(sign_out: SignOut) -> None:
    """It knows no incidents, so it tells them nothing. Else the thread would run in a loop."""
    BulkSignOut.objects.update(finished_at=timezone.now(), ended=9, next_pk=0)
    turns = iter([False, False, False])
    jobs.run_due(lambda: next(turns, True))
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.ended) == (SignOutState.FINISHED, 9)
    assert jobs.next_due() is None


def test_what_another_process_does_is_left_alone_until_its_lease_ends(sign_out: SignOut) -> None:
    now = timezone.now()
    SignOut.objects.update(due_at=now + LEASE)
    jobs.run_due()
    assert (left(), jobs.next_due()) == (9, now + LEASE)
    with frozen_clock(now + LEASE + timedelta(seconds=1)):
        run_all()
    assert left() == 0


def test_whoever_goes_on_with_it_has_a_lease(sign_out: SignOut) -> None:
    begun, dues = timezone.now(), list[Any]()
    with at_statement(BATCH, lambda: dues.append(jobs.next_due())):
        jobs.run_due()
    [due] = dues
    assert due >= begun + LEASE


def test_an_error_that_may_pass_delays_it(
    sign_out: SignOut, caplog: pytest.LogCaptureFixture
) -> None:
    begun = timezone.now()
    with failing(BATCH, OperationalError("gone"), at=2):
        jobs.run_due()
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.error) == (SignOutState.RUNNING, "OperationalError")
    assert sign_out.due_at is not None
    assert sign_out.due_at >= begun + PAUSE
    # The first batch is done.
    assert (left(), sign_out.ended) == (7, 2)
    assert f"SignOut {sign_out.pk} will go on in 0:00:30." in caplog.text
    jobs.run_due()
    assert left() == 7
    with frozen_clock(begun + 3 * PAUSE):
        run_all()
    sign_out.refresh_from_db()
    assert (left(), sign_out.ended, sign_out.error) == (0, 9, "")


def test_one_whose_requester_was_deleted_is_interrupted(
    sign_out: SignOut, chief: Any, other: Any, caplog: pytest.LogCaptureFixture
) -> None:
    chief.delete()
    jobs.run_due()
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.error) == (
        SignOutState.INTERRUPTED,
        "INVALID_INCIDENT_ERROR",
    )
    assert f"SignOut {sign_out.pk} was interrupted: INVALID_INCIDENT_ERROR" in caplog.text
    sign_outs.resume(sign_out, actor=by(other))
    run_all()
    sign_out.refresh_from_db()
    assert (left(), sign_out.requested_by_name, sign_out.resumed_by_name) == (0, "chief", "other")


def test_it_is_undone_work_until_it_has_finished(sign_out: SignOut) -> None:
    oldest = kinds_of_work()["incident_sign_outs"]
    assert oldest() == sign_out.requested_at
    run_all()
    assert oldest() is None


def test_a_bulk_sign_out_that_is_run_by_command_is_followed(
    sign_out: SignOut, capsys: pytest.CaptureFixture[str]
) -> None:
    key = str(sign_out.bulk_sign_out_id)
    call_command("sessions", "end", "--resume", key, "--no-input")
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.ended, left()) == (SignOutState.FINISHED, 9, 0)
    assert jobs.next_due() is None
