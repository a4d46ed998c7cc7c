"""Incidents while several processes go on with the same job, or people decide at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import (
    AffectedOwner,
    Incident,
    MailState,
    OwnersMail,
    SignOut,
    SignOutState,
)
from sessions_api.incidents.services import incidents, jobs, mails, sign_outs
from sessions_api.models import AuditEvent, UserSession
from sessions_api.notices.models import Notice
from tests.sessions_api.incidents.services import (
    NETWORK,
    at_statement,
    by,
    open_one,
    run_all,
    steal,
    steal_and_end,
)
from tests.sessions_api.services.bulk_sign_outs import cut_small
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = 60


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)


def outcome(call: Callable[[], object]) -> str:
    """Return ``done``, or why the state did not allow it."""
    try:
        call()
    except IncidentConflict as error:
        return error.reason
    return "done"


def recorded() -> list[int]:
    events = AuditEvent.objects.filter(kind="sessions_ended")
    return sorted(sid for event in events for sid in event.detail["sessions"])


def run_to_the_end(sign_out: SignOut) -> None:
    """As the command does, without a claim."""
    while not SignOut.objects.get(pk=sign_out.pk).is_finished:
        jobs.run_sign_out(sign_out)


@pytest.mark.usefixtures("_small")
def test_servers_and_a_command_share_a_sign_out_exactly(ann: Any, bob: Any, chief: Any) -> None:
    sids = [one.sid for one in (*steal(ann, NUMBER), *steal(bob, NUMBER))]
    sign_out = sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
    together(jobs.run_due, jobs.run_due, partial(run_to_the_end, sign_out))
    run_all()
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.ended) == (SignOutState.FINISHED, 2 * NUMBER)
    assert (recorded(), UserSession.objects.count()) == (sids, 0)
    assert AffectedOwner.objects.count() == 2


def test_one_process_claims_a_job(ann: Any, chief: Any) -> None:
    steal(ann)
    sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
    due = SignOut.objects.get().due_at
    claim = SignOut.objects.filter(due_at=due)
    assert sorted(together(*[partial(claim.update, due_at=None)] * 3)) == [0, 0, 1]


@pytest.mark.usefixtures("_mail")
def test_two_mails_of_an_incident_tell_each_owner_once(
    ann: Any, make_user: Any, chief: Any
) -> None:
    owners = [ann, *(make_user(f"u{one}", email=f"u{one}@example.com") for one in range(9))]
    incident = open_one(by(chief))
    steal_and_end(incident, *owners, actor=by(chief))
    mail = mails.tell_owners(incident, "x", actor=by(chief))
    second = OwnersMail.objects.create(
        incident=incident, requested_by_name="chief", text="y", due_at=mail.due_at
    )
    both = [mail, second]
    together(*(partial(mails.run_mail, one) for one in both), *(jobs.run_due,) * 2)
    run_all()
    assert Notice.objects.filter(kind="incident").count() == len(owners)
    assert sorted(OwnersMail.objects.values_list("told", flat=True)) == [0, len(owners)]


@pytest.mark.usefixtures("_mail")
def test_accounts_that_are_deleted_meanwhile_do_not_fail_the_others(
    ann: Any, chief: Any, make_user: Callable[..., Any]
) -> None:
    dora = make_user("dora", email="dora@example.com")
    incident = open_one(by(chief))
    steal_and_end(incident, ann, dora, actor=by(chief))
    mail = mails.tell_owners(incident, "Please log in again.", actor=by(chief))
    table = ann._meta.db_table

    def delete() -> None:
        with closing(connection), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM notices_notice WHERE user_id = %s", [ann.pk])
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [ann.pk])  # noqa: S608

    with (
        ThreadPoolExecutor(1) as pool,
        at_statement('INSERT INTO "notices_notice"', lambda: wait([pool.submit(delete)], 1)),
    ):
        jobs.run_due()
    mail.refresh_from_db()
    assert (mail.state, mail.error, mail.told) == (MailState.FINISHED, "", 2)
    assert Notice.objects.filter(kind="incident", address="dora@example.com").exists()


@pytest.mark.usefixtures("_mail")
def test_a_mail_waits_for_its_incident_before_it_locks_itself(ann: Any, chief: Any) -> None:
    """Whoever stops it locks them in this order, too. Otherwise both would wait for each other."""
    incident = open_one(by(chief))
    steal_and_end(incident, ann, actor=by(chief))
    mail = mails.tell_owners(incident, "x", actor=by(chief))

    is_locked = Event()

    def run() -> None:
        assert is_locked.wait(9)
        mails.run_mail(mail)

    def stop() -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            Incident.objects.select_for_update().get(pk=incident.pk)
            is_locked.set()
            while not is_somebody_waiting(cursor):
                cursor.execute("SELECT pg_sleep(0.01)")
            return OwnersMail.objects.select_for_update(nowait=True).filter(pk=mail.pk).exists()

    assert together(stop, run)[0]


def is_somebody_waiting(cursor: Any) -> bool:
    cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
    return cursor.fetchone() is not None


class TestDecisions:
    def test_of_an_approval_and_a_refusal_at_once_one_counts(
        self, waiting: SignOut, other: Any, make_user: Any
    ) -> None:
        third = make_user("third", is_staff=True, is_superuser=True)
        outcomes = together(
            partial(outcome, partial(sign_outs.approve, waiting, actor=by(other))),
            partial(outcome, partial(sign_outs.decline, waiting, actor=by(third))),
            partial(outcome, partial(sign_outs.approve, waiting, actor=by(third))),
        )
        assert sorted(outcomes) == ["decided", "decided", "done"]
        run_all()
        waiting.refresh_from_db()
        decided = AuditEvent.objects.filter(kind__in=["incident_approved", "incident_declined"])
        if outcomes[1] == "done":
            assert (waiting.state, UserSession.objects.count()) == (SignOutState.DECLINED, 2)
        else:
            assert (waiting.state, UserSession.objects.count()) == (SignOutState.FINISHED, 0)
        assert decided.count() == 1

    def test_an_incident_that_is_closed_while_somebody_approves(
        self, waiting: SignOut, other: Any, chief: Any
    ) -> None:
        approved, closed = together(
            partial(outcome, partial(sign_outs.approve, waiting, actor=by(other))),
            partial(outcome, partial(incidents.close_incident, waiting.incident, actor=by(chief))),
        )
        run_all()
        assert closed == "done"
        assert (approved, UserSession.objects.count()) in {("done", 0), ("closed", 2)}


def test_one_that_is_closed_while_sign_outs_are_requested(ann: Any, chief: Any, other: Any) -> None:
    incident = open_one(by(chief))
    steal(ann, 3)
    requested, closed = together(
        partial(
            outcome,
            partial(sign_outs.request_sign_out, incident, actor=by(other), reason="stolen"),
        ),
        partial(outcome, partial(incidents.close_incident, incident, actor=by(chief))),
    )
    run_all()
    assert closed == "done"
    assert (requested, UserSession.objects.count()) in {("done", 0), ("closed", 3)}
    assert SignOut.objects.count() == (requested == "done")
    # Nobody is left in it: neither who closed it, nor who came at the same time.
    assert not incident.participations.filter(until=None).exists()


@pytest.mark.usefixtures("_small")
def test_one_that_is_stopped_while_it_runs(ann: Any, chief: Any) -> None:
    steal(ann, NUMBER)
    sign_out = sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
    together(partial(sign_outs.stop, sign_out, actor=by(chief)), jobs.run_due)
    run_all()
    sign_out.refresh_from_db()
    assert sign_out.state is SignOutState.STOPPED
    assert sign_out.ended + UserSession.objects.count() == NUMBER
    assert NETWORK in str(sign_out)
