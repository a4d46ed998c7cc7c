"""``manage.py sessions end``."""

import json
from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import OperationalError
from django.utils import timezone

from sessions_api.management import ending
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import cancel_bulk_sign_out
from tests import terminals
from tests.api import Login, is_dead
from tests.browser import expire
from tests.sessions_api.services.bulk_sign_outs import cut_small, make_sessions
from tests.terminals import Terminal

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
Run = Callable[..., tuple[str, str]]
NOTHING = "No active session matches.\n"
WHY = ("--reason", "a drill", "--no-input")


@pytest.fixture(autouse=True)
def _ops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ops")


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that simulates a terminal with a typed answer, or an error."""

    def prepare(answer: str | type[BaseException], terminal: type[StringIO] = Terminal) -> None:
        terminals.type_in(monkeypatch, answer, terminal)

    return prepare


def left() -> int:
    return UserSession.objects.count()


def fail_at(number: int, error: BaseException, patch: pytest.MonkeyPatch) -> None:
    """Raise an error in the n-th call of the service that runs batches, after part of its work."""
    run_next_batch, calls = ending.run_next_batch, iter(range(1, 100))

    def run(*args: Any, **kwargs: Any) -> BulkSignOut:
        sign_out = run_next_batch(*args, **kwargs)
        if next(calls) == number:
            raise error
        return sign_out

    patch.setattr(ending, "run_next_batch", run)


class TestFewSessions:
    def test_those_past_a_limit_stay_ended_if_it_is_raised(
        self, run: Run, me: Login, bobs: Login, settings: Any
    ) -> None:
        given = settings.SESSIONS_API
        UserSession.objects.update(created_at=timezone.now() - timedelta(days=1))
        settings.SESSIONS_API = given | {"IDLE_TIMEOUT": timedelta(hours=1)}
        assert run("end", "--user", "ann", "--dry-run") == (NOTHING, "")
        assert left() == 2
        assert run("end", "--user", "ann", *WHY) == (NOTHING, "")
        settings.SESSIONS_API = given
        assert is_dead(me)
        assert not is_dead(bobs)

    def test_sessions_end_as_in_the_admin(
        self, run: Run, me: Login, other: Login, bobs: Login, root: Any, log_in: LogIn
    ) -> None:
        expire(other)
        assert run("end", "--user", "ann", *WHY) == ("Ended 1 session.\n", "")
        assert is_dead(me)
        assert not is_dead(bobs)
        event = AuditEvent.objects.get(kind="sessions_ended")
        assert (event.actor, event.actor_name) == (None, "command line (ops)")
        assert event.subject == me.user
        assert event.detail == {"reason": "a drill", "sessions": [me.session.sid]}
        assert not BulkSignOut.objects.exists()

    def test_sessions_of_superusers_end_too(self, run: Run, root: Any, log_in: LogIn) -> None:
        login = log_in(root)
        assert run("end", "--all", *WHY)[0] == "Ended 1 session.\n"
        assert is_dead(login)

    def test_accounts_are_locked_if_all_their_sessions_are_ended(
        self, run: Run, ann: Any, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So that a session that begins at the same time is ended too."""
        locked: list[Any] = []
        end = ending.end_if_few

        def note(*args: Any, owners: Any, **kwargs: Any) -> Any:
            locked.append(owners)
            return end(*args, owners=owners, **kwargs)

        monkeypatch.setattr(ending, "end_if_few", note)
        for options in (["--full"], []):
            log_in(ann)
            run("end", "--user", "ann", *options, *WHY)
        assert locked == [[], [ann.pk]]

    def test_no_session_matches(self, run: Run, me: Login) -> None:
        assert run("end", "--user", "bob", *WHY)[0] == NOTHING
        assert run("end", "--scoped", *WHY) == (NOTHING, "")
        out, _ = run("end", "--scoped", "--json", *WHY)
        assert json.loads(out) == {"matched": 0, "ended": 0, "bulk_sign_out": None}
        assert left() == 1
        assert not AuditEvent.objects.filter(kind="sessions_ended").exists()

    def test_a_session_id_of_several_users(self, run: Run, ann: Any, bob: Any) -> None:
        make_sessions(ann, 1)
        make_sessions(bob, 1)
        UserSession.objects.update(sid=7)
        with pytest.raises(CommandError, match="Name the owner with --user") as error:
            run("end", "--session", 7, *WHY)
        assert (error.value.returncode, left()) == (2, 2)
        assert run("end", "--session", 7, "--user", "bob", *WHY)[0] == "Ended 1 session.\n"
        assert run("end", "--session", 7, *WHY)[0] == "Ended 1 session.\n"

    def test_a_user_named_like_another_ones_id_or_address(
        self, run: Run, me: Login, bob: Any, log_in: LogIn
    ) -> None:
        """Whoever chooses such a name must not take the other one's sessions along."""
        bobs = log_in(bob)
        for name in (str(me.user.pk), me.user.email):
            type(bob).objects.filter(pk=bob.pk).update(username=name)
            for options in (WHY, ["--dry-run"]):
                with pytest.raises(CommandError, match=f"2 users.*{me.user.pk}") as error:
                    run("end", "--user", name, *options)
                assert error.value.returncode == 2
        assert left() == 2
        assert run("end", "--user", "ann", *WHY)[0] == "Ended 1 session.\n"
        assert not is_dead(bobs)


class TestConfirmation:
    def test_a_dry_run_counts(self, run: Run, ann: Any, other: Login) -> None:
        make_sessions(ann, 1200)
        out, err = run("end", "--user", "ann", "--full", "--dry-run")
        assert out == "Sessions that match: user “ann”, full\nWould end 1,201 sessions.\n"
        assert err == ""
        out, _ = run("end", "--user", "ann", "--dry-run", "--json", *WHY)
        assert json.loads(out) == {"matched": 1201, "ended": 0, "bulk_sign_out": None}
        assert left() == 1201
        assert not BulkSignOut.objects.exists()
        assert not AuditEvent.objects.filter(kind="sessions_ended").exists()

    @pytest.mark.parametrize("reason", [(), ("",), (" \n\u200b",), ("x" * 501,)])
    def test_a_reason_is_required(self, run: Run, me: Login, reason: tuple[str, ...]) -> None:
        given = [f"--reason={text}" for text in reason]
        with pytest.raises(CommandError, match="--reason must say why") as error:
            run("end", "--all", "--no-input", *given)
        assert error.value.returncode == 2
        assert not is_dead(me)

    @pytest.mark.parametrize(
        ("answer", "ends"),
        [
            ("y", True),
            (" YES ", True),
            ("everybody", False),
            ("", False),
            ("n", False),
            (EOFError, False),
            (KeyboardInterrupt, False),
        ],
    )
    def test_the_question_contains_the_number(
        self,
        run: Run,
        me: Login,
        type_in: Callable[..., None],
        answer: str | type[BaseException],
        ends: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        type_in(answer)
        if ends:
            out, err = run("end", "--user", "ann", "--reason", "a drill")
            assert out == "Ended 1 session.\n"
            assert err == "Sessions that match: user “ann”\nEnd 1 session? [y/N] "
        else:
            with pytest.raises(CommandError, match=r"^Nothing was changed") as error:
                run("end", "--user", "ann", "--reason", "a drill")
            assert error.value.returncode == 1
        assert is_dead(me) is ends

    def test_without_a_terminal(self, run: Run, me: Login, type_in: Callable[..., None]) -> None:
        type_in("yes", terminal=StringIO)
        with pytest.raises(CommandError, match="--no-input") as error:
            run("end", "--all", "--reason", "a drill")
        assert error.value.returncode == 2
        assert not is_dead(me)


@pytest.mark.usefixtures("_small")
class TestManySessions:
    def test_a_bulk_sign_out_is_created(self, run: Run, ann: Any, bobs: Login) -> None:
        make_sessions(ann, 9)
        out, _ = run("end", "--user", "ann", "--json", *WHY)
        sign_out = BulkSignOut.objects.get()
        assert json.loads(out) == {"matched": 9, "ended": 9, "bulk_sign_out": sign_out.pk}
        assert (sign_out.actor, sign_out.actor_name) == (None, "command line (ops)")
        assert (sign_out.what, sign_out.reason) == ("Sessions that match: user “ann”", "a drill")
        assert (sign_out.expected, sign_out.ended, sign_out.is_open) == (9, 9, False)
        assert not sign_out.spares_superusers
        events = AuditEvent.objects.filter(kind="sessions_ended")
        assert sum(len(event.detail["sessions"]) for event in events) == 9
        assert {(event.actor_name, event.detail["reason"]) for event in events} == {
            ("command line (ops)", "a drill")
        }
        assert {event.detail["bulk_sign_out"] for event in events} == {sign_out.pk}
        assert left() == 1

    @pytest.mark.parametrize("options", [("--all",), ("--browser", "Netscape")])
    def test_an_interrupted_one_can_be_resumed(
        self, run: Run, ann: Any, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
    ) -> None:
        make_sessions(ann, 9, browser="Netscape")
        with monkeypatch.context() as patch:
            fail_at(1, KeyboardInterrupt(), patch)
            with pytest.raises(CommandError) as error:
                run("end", *options, *WHY)
        sign_out = BulkSignOut.objects.get()
        assert sign_out.is_open
        assert str(error.value) == (
            f"Interrupted after {sign_out.ended} sessions had ended. "
            f"Resume with: manage.py sessions end --resume {sign_out.pk}"
        )
        assert error.value.returncode == 1
        assert 0 < left() == 9 - sign_out.ended < 9

        later = make_sessions(ann, 1, browser="Netscape")
        before = left()
        out, _ = run("end", "--resume", sign_out.pk, "--dry-run", "--json")
        assert json.loads(out) == {
            "matched": before - 1,
            "ended": 0,
            "bulk_sign_out": sign_out.pk,
        }
        assert left() == before
        monkeypatch.setenv("LOGNAME", "night shift")
        out, _ = run("end", "--resume", sign_out.pk, "--no-input")
        assert out == f"Ended {before - 1} sessions.\n"
        assert list(UserSession.objects.all()) == later
        sign_out.refresh_from_db()
        assert (sign_out.ended, sign_out.is_open) == (9, False)
        names = AuditEvent.objects.filter(kind="sessions_ended").values_list(
            "actor_name", flat=True
        )
        assert set(names) == {"command line (ops)", "command line (night shift)"}

    def test_an_interruption_within_a_batch(
        self, run: Run, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The current batch is rolled back, earlier ones are kept."""
        make_sessions(ann, 9)
        end, calls = ending.run_next_batch.__globals__["end_sessions"], iter(range(1, 100))

        def interrupted(*args: Any, **kwargs: Any) -> Any:
            ended = end(*args, **kwargs)
            if next(calls) == 2:
                raise KeyboardInterrupt
            return ended

        with monkeypatch.context() as patch:
            patch.setattr("sessions_api.services.bulk_sign_outs.end_sessions", interrupted)
            with pytest.raises(CommandError, match="Interrupted after 2 sessions"):
                run("end", "--all", *WHY)
        sign_out = BulkSignOut.objects.get()
        assert (sign_out.ended, sign_out.is_open, left()) == (2, True, 7)
        assert run("end", "--resume", sign_out.pk, "--no-input")[0] == "Ended 7 sessions.\n"
        events = AuditEvent.objects.filter(kind="sessions_ended")
        assert sum(len(event.detail["sessions"]) for event in events) == 9

    def test_a_database_failure(self, run: Run, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        make_sessions(ann, 9)
        fail_at(1, OperationalError("gone\naway"), monkeypatch)
        with pytest.raises(CommandError, match=r"^The database failed \(gone away\)\. Resume with"):
            run("end", "--all", *WHY)

    def test_stopped_in_the_admin(
        self, run: Run, ann: Any, staff: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_sessions(ann, 9)
        run_next_batch = ending.run_next_batch

        def stopped(*args: Any, **kwargs: Any) -> BulkSignOut:
            cancel_bulk_sign_out(run_next_batch(*args, **kwargs), actor=Actor(user=staff))
            return run_next_batch(*args, **kwargs)

        monkeypatch.setattr(ending, "run_next_batch", stopped)
        with pytest.raises(CommandError, match="Stopped in the admin after 4 sessions"):
            run("end", "--all", *WHY)
        assert left() == 5
        with pytest.raises(CommandError, match="was stopped after 4 sessions"):
            run("end", "--resume", BulkSignOut.objects.get().pk, "--no-input")

    def test_resuming_asks(
        self, run: Run, ann: Any, type_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_sessions(ann, 9)
        with monkeypatch.context() as patch:
            fail_at(1, KeyboardInterrupt(), patch)
            with pytest.raises(CommandError):
                run("end", "--all", *WHY)
        type_in("no")
        with pytest.raises(CommandError, match="Nothing was changed"):
            run("end", "--resume", BulkSignOut.objects.get().pk)
        assert left() == 5

    @pytest.mark.parametrize("progress", [True, False])
    def test_the_progress_bar_is_for_terminals(self, run: Run, ann: Any, progress: bool) -> None:
        make_sessions(ann, 9)
        with redirect_stderr(Terminal() if progress else StringIO()) as stderr:
            assert run("end", "--all", *WHY)[0] == "Ended 9 sessions.\n"
        assert ("9" in stderr.getvalue()) is progress


class TestResume:
    def test_it_cannot_be_combined_with_a_selection(self, run: Run) -> None:
        for options in (["--all"], ["--user", "ann"], ["--scoped"], ["--reason", "why"]):
            with pytest.raises(CommandError, match="--resume takes no selection") as error:
                run("end", "--resume", 1, *options)
            assert error.value.returncode == 2

    def test_ids_that_cannot_be_resumed(self, run: Run) -> None:
        with pytest.raises(CommandError, match="There is no bulk sign-out 5"):
            run("end", "--resume", 5)
        fields = {"reason": "x", "what": "x", "newest_pk": 1, "next_pk": 1}
        admins = BulkSignOut.objects.create(
            criteria={"kind": "filter", "query": "os=BeOS"}, **fields
        )
        with pytest.raises(CommandError, match=r"was started in the admin\. Resume it there"):
            run("end", "--resume", admins.pk)


def test_the_name_of_the_operator_is_printable_and_fits(
    run: Run, me: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "o\x1b[2Jps" * 100)
    run("end", "--all", *WHY)
    name = AuditEvent.objects.get(kind="sessions_ended").actor_name
    assert name.isprintable()
    assert len(name) == 255
