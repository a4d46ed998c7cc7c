"""``manage.py incident end``, ``approve``, ``decline``, ``stop`` and ``resume``."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.db import OperationalError

from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.incidents.models import Incident, SignOut, SignOutState
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services import sign_outs
from sessions_api.models import AuditEvent, UserSession
from tests.cast import allow
from tests.sessions_api.incidents.services import NETWORK, at_statement, by, failing, run_all, steal
from tests.sessions_api.services.bulk_sign_outs import cut_small
from tests.terminals import type_in

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[str, str]]
WHY = ("--reason", "stolen", "--no-input")
#: A statement of each batch.
BATCH = 'UPDATE "sessions_api_bulksignout"'


@pytest.fixture
def incident(run: Run, ann: Any, bob: Any) -> Incident:
    """An incident about three sessions of two users."""
    steal(ann, 2)
    steal(bob)
    run("open", "Stolen tokens", "--since", "2h", "--network", NETWORK)
    return Incident.objects.get()


@pytest.fixture
def _above_one(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch, BATCHES=1)


def left() -> int:
    return UserSession.objects.count()


def refusal(run: Run, *args: object) -> tuple[str, int]:
    with pytest.raises(CommandError) as caught:
        run(*args)
    return str(caught.value), caught.value.returncode


def test_it_ends_them_to_the_end(run: Run, incident: Incident, ann: Any) -> None:
    [other] = steal(ann, address="198.51.100.1")
    assert run("end", incident.pk, *WHY)[0] == "Ended 3 sessions.\n"
    assert list(UserSession.objects.all()) == [other]
    sign_out = SignOut.objects.get()
    assert (sign_out.state, sign_out.reason) == (SignOutState.FINISHED, "stolen")
    assert sign_out.requested_by_name == "command line (ops)"


def test_for_programs(run: Run, incident: Incident) -> None:
    done = json.loads(run("end", incident.pk, *WHY, "--json")[0])
    assert (done["matched"], done["users"], done["ended"]) == (3, 2, 3)
    assert (done["state"], done["id"]) == ("finished", SignOut.objects.get().pk)
    shown = json.loads(run("show", incident.pk, "--json")[0])
    assert shown["sign_outs"] == [done]
    assert (shown["owners"], shown["owners_untold"], shown["mails"]) == (2, 2, [])
    nothing = json.loads(run("end", incident.pk, *WHY, "--json")[0])
    assert nothing == {"matched": 0, "ended": 0}


def test_if_nothing_matches_nothing_is_requested(run: Run, incident: Incident) -> None:
    UserSession.objects.all().delete()
    assert run("end", incident.pk, *WHY)[0] == "No active session matches.\n"
    assert not SignOut.objects.exists()


@pytest.mark.usefixtures("_above_one")
def test_a_dry_run_ends_nothing(run: Run, incident: Incident) -> None:
    out = run("end", incident.pk, "--dry-run")[0]
    assert "Active: 3 sessions of 2 users\n" in out
    assert out.endswith("A second person would have to approve this.\n")
    assert json.loads(run("end", incident.pk, "--dry-run", "--json")[0])["needs_approval"] is True
    assert (left(), SignOut.objects.exists()) == (3, False)


@pytest.mark.parametrize("reason", [[], ["--reason", ""], ["--reason", "x" * 501]])
def test_it_needs_a_reason(run: Run, incident: Incident, reason: list[str]) -> None:
    text, status = refusal(run, "end", incident.pk, *reason, "--no-input")
    assert (text, status) == ("--reason must say why, in at most 500 characters.", 2)


class TestConfirmation:
    def test_it_asks(self, run: Run, incident: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
        type_in(monkeypatch, "y")
        asked = run("end", incident.pk, "--reason", "stolen")[1]
        assert asked.splitlines()[1] == "Active: 3 sessions of 2 users"
        assert asked.endswith("\nEnd 3 sessions? [y/N] ")
        assert left() == 0

    @pytest.mark.parametrize("answer", ["n", "", KeyboardInterrupt])
    def test_anything_else_than_yes_changes_nothing(
        self, run: Run, incident: Incident, answer: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        type_in(monkeypatch, answer)
        text, _ = refusal(run, "end", incident.pk, "--reason", "stolen")
        assert (text, left()) == ("Nothing was changed.", 3)

    def test_without_a_terminal_nobody_can_confirm(self, run: Run, incident: Incident) -> None:
        text, status = refusal(run, "end", incident.pk, "--reason", "stolen")
        assert text.startswith("Without a terminal, nobody can confirm that 3 sessions will end.")
        assert (status, left()) == (2, 3)


@pytest.mark.usefixtures("_above_one")
class TestSecondPerson:
    @pytest.fixture
    def waiting(self, run: Run, incident: Incident, chief: Any) -> SignOut:
        out = run("end", incident.pk, *WHY, "--as", "chief")[0]
        sign_out = SignOut.objects.get()
        assert out == (
            f"NOTHING has ended yet: sign-out {sign_out.pk} needs a second person. To approve: the "
            f"admin, or manage.py incident approve {sign_out.pk} --as USER\n"
        )
        return sign_out

    def test_without_an_account_it_is_refused(self, run: Run, incident: Incident) -> None:
        text, status = refusal(run, "end", incident.pk, *WHY)
        assert text.startswith("A sign-out of more than 1 user needs a second person. Name")
        assert (status, left(), SignOut.objects.exists()) == (1, 3, False)

    def test_so_is_any_if_every_one_needs_two(
        self, run: Run, incident: Incident, settings: Any
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 0}
        text, _ = refusal(run, "end", incident.pk, *WHY)
        assert text.startswith("Every sign-out needs a second person. Name your account")

    def test_alone_it_says_why(self, run: Run, incident: Incident) -> None:
        assert refusal(run, "end", incident.pk, *WHY, "--alone", " ")[1] == 2
        run("end", incident.pk, *WHY, "--alone", "all are asleep")
        assert (left(), SignOut.objects.get().alone_because) == (0, "all are asleep")
        assert "none: all are asleep" in run("show", incident.pk)[0]

    def test_somebody_else_approves_it(self, run: Run, waiting: SignOut, other: Any) -> None:
        assert left() == 3
        text, _ = refusal(run, "approve", waiting.pk, "--as", "chief", "--no-input")
        assert text == "You requested this yourself. Somebody else has to approve it."
        out = run("approve", waiting.pk, "--as", "other", "--no-input")[0]
        assert (out, left()) == ("Ended 3 sessions.\n", 0)
        waiting.refresh_from_db()
        assert (waiting.requested_by_name, waiting.decided_by_name) == ("chief", "other")
        approved = AuditEvent.objects.get(kind="incident_approved")
        assert (approved.actor_name, approved.user_agent) == ("other", "command line (ops)")
        text, _ = refusal(run, "approve", waiting.pk, "--as", "other", "--no-input")
        assert text == "Somebody has approved or declined it already. Nothing was changed."

    @pytest.mark.parametrize("lost", ["is_superuser", "is_active"])
    def test_whoever_approves_is_told_if_the_first_may_no_longer(
        self, run: Run, waiting: SignOut, chief: Any, other: Any, lost: str
    ) -> None:
        get_user_model().objects.filter(pk=chief.pk).update(**{lost: False})
        text, status = refusal(run, "approve", waiting.pk, "--as", "other", "--no-input")
        assert text == (
            "Nothing was ended: whoever requested this may no longer end sessions. Decline it, and "
            "request it yourself."
        )
        assert (status, left()) == (1, 3)

    def test_whoever_approves_is_asked(
        self, run: Run, waiting: SignOut, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waiting.preview |= {"own": 1}
        waiting.save()
        type_in(monkeypatch, "y")
        asked = run("approve", waiting.pk, "--as", "other")[1]
        assert asked.startswith("chief: stolen\nSessions that match: ")
        assert "Among them of the requester (chief): 1 session\n" in asked
        assert left() == 0

    def test_whoever_has_requested_it_is_not_asked(
        self, run: Run, waiting: SignOut, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        type_in(monkeypatch, AssertionError)
        text, _ = refusal(run, "approve", waiting.pk, "--as", "chief")
        assert text == "You requested this yourself. Somebody else has to approve it."

    def test_nobody_is_asked_about_a_closed_incident(
        self, run: Run, waiting: SignOut, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("close", waiting.incident_id)
        type_in(monkeypatch, AssertionError)
        for args in (["approve", waiting.pk, "--as", "other"], ["end", waiting.incident_id]):
            text, _ = refusal(run, *args, *(["--reason", "x"] if args[0] == "end" else []))
            assert "Reopen it to go on. To reopen it: manage.py incident reopen" in text

    def test_somebody_else_declines_it(self, run: Run, waiting: SignOut, other: Any) -> None:
        out = run("decline", waiting.pk, "--as", "other", "--reason", "a false alarm")[0]
        assert out == f"Sign-out {waiting.pk} is declined. Nothing was ended.\n"
        assert left() == 3
        declined = AuditEvent.objects.get(kind="incident_declined")
        assert declined.detail["reason"] == "a false alarm"
        assert "other: a false alarm" in run("show", waiting.incident_id)[0]
        [shown] = json.loads(run("show", waiting.incident_id, "--json")[0])["sign_outs"]
        assert (shown["decided_by"], shown["declined_because"]) == ("other", "a false alarm")

    def test_whoever_has_requested_it_withdraws_it(self, run: Run, waiting: SignOut) -> None:
        run("decline", waiting.pk, "--as", "chief", "--reason", "too many")
        shown = run("show", waiting.incident_id)[0]
        assert "withdrawn: too many" in shown
        assert "ended, withdrawn by chief: too many" in shown
        assert "chief: too many" not in shown.partition("Before sign-out")[0]

    def test_a_report_says_whose_sessions_they_are(
        self, run: Run, waiting: SignOut, chief: Any
    ) -> None:
        waiting.preview |= {"own": 3}
        waiting.save()
        report = run("report", waiting.incident_id)[0]
        assert "Among them of the requester (chief): 3 sessions" in report

    def test_stopping_one_that_waits_declines_it(self, run: Run, waiting: SignOut) -> None:
        out = run("stop", waiting.pk)[0]
        assert out == f"Sign-out {waiting.pk} is declined, after 0 sessions had ended.\n"
        assert "does not wait" not in out

    def test_resuming_one_that_waits_is_no_approval(self, run: Run, waiting: SignOut) -> None:
        assert refusal(run, "resume", waiting.pk)[1] == 1
        assert left() == 3

    @pytest.mark.parametrize("given", [(), (END_SESSIONS,), (CHANGE_INCIDENTS,)])
    def test_with_half_the_permissions_nobody_approves(
        self, run: Run, waiting: SignOut, make_user: Any, given: tuple[str, ...]
    ) -> None:
        allow(make_user("sue", is_staff=True), *given)
        for name in ("sue", "ann", "nobody"):
            text, status = refusal(run, "approve", waiting.pk, "--as", name, "--no-input")
            assert (
                text
                == f"The account '{name}' does not exist, or may not end sessions of incidents."
            )
        assert (status, left()) == (1, 3)

    def test_with_both_permissions_they_do(
        self, run: Run, waiting: SignOut, make_user: Any
    ) -> None:
        allow(make_user("sue", is_staff=True), END_SESSIONS, CHANGE_INCIDENTS)
        run("approve", waiting.pk, "--as", "sue", "--no-input")
        assert left() == 0


def test_an_account_ends_only_what_it_may(
    run: Run, incident: Incident, make_user: Any, chief: Any
) -> None:
    allow(make_user("sue", is_staff=True), END_SESSIONS, CHANGE_INCIDENTS)
    [spared] = steal(chief)
    out = run("end", incident.pk, "--dry-run", "--as", "sue")[0]
    assert "Skipped: 1 session of superusers\n" in out
    run("end", incident.pk, *WHY, "--as", "sue")
    assert list(UserSession.objects.all()) == [spared]


@pytest.mark.usefixtures("_small")
class TestInterrupted:
    def test_by_its_operator(self, run: Run, incident: Incident) -> None:
        with failing(BATCH, KeyboardInterrupt(), at=2):
            text, status = refusal(run, "end", incident.pk, *WHY)
        key = SignOut.objects.get().pk
        assert text == (
            "Interrupted. The processes of the server go on with it. To stop it: manage.py "
            f"incident stop {key}. To go on here: manage.py incident resume {key}"
        )
        assert (status, left()) == (1, 1)
        # As they do.
        run_all()
        assert left() == 0

    def test_by_the_database(self, run: Run, incident: Incident) -> None:
        with failing(BATCH, OperationalError("gone\naway"), at=2):
            text, _ = refusal(run, "end", incident.pk, *WHY)
        key = SignOut.objects.get().pk
        assert text.startswith("The database failed (gone away). The processes of the server go on")
        assert run("resume", key)[0] == "Ended 3 sessions.\n"
        assert left() == 0
        assert refusal(run, "resume", key) == ("It had finished already. Nothing was changed.", 1)

    def test_it_is_stopped(self, run: Run, incident: Incident) -> None:
        with failing(BATCH, KeyboardInterrupt(), at=2):
            refusal(run, "end", incident.pk, *WHY)
        key = SignOut.objects.get().pk
        out = run("stop", key)[0]
        assert out == f"Sign-out {key} is stopped, after 2 sessions had ended.\n"
        run_all()
        assert left() == 1
        assert refusal(run, "stop", key) == ("It had finished already. Nothing was changed.", 1)

    def test_by_the_loss_of_authority(
        self, run: Run, incident: Incident, chief: Any, other: Any
    ) -> None:
        sign_out = sign_outs.request_sign_out(incident, actor=by(other), reason="stolen")
        banned = get_user_model().objects.filter(pk=other.pk)
        with at_statement(BATCH, lambda: banned.update(is_active=False)):
            text, status = refusal(run, "resume", sign_out.pk)
        assert text == (
            "It was interrupted: whoever it runs for may no longer do this. Somebody else can "
            f"go on: manage.py incident resume {sign_out.pk}"
        )
        assert (status, left()) == (1, 1)
        sign_out.refresh_from_db()
        assert sign_out.state is SignOutState.INTERRUPTED
        assert run("resume", sign_out.pk)[0] == "Ended 3 sessions.\n"
        sign_out.refresh_from_db()
        assert sign_out.requested_by_name == "other"
        assert sign_out.resumed_by_name == "command line (ops)"
        [shown] = json.loads(run("show", incident.pk, "--json")[0])["sign_outs"]
        assert (shown["requested_by"], shown["resumed_by"]) == ("other", "command line (ops)")


def test_one_of_another_version_is_interrupted(run: Run, incident: Incident, chief: Any) -> None:
    sign_out = sign_outs.request_sign_out(incident, actor=by(chief), reason="stolen")
    SignOut.objects.update(criteria={"kind": "search", "planet": "Mars"})
    text, status = refusal(run, "resume", sign_out.pk)
    assert (text, status) == ("This version cannot read the filter. Enter it again.", 1)
    for verb in ("show", "report"):
        assert "stolen" in run(verb, incident.pk)[0]
