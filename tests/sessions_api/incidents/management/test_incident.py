"""``manage.py incident``: opened, listed, shown, changed, noted, closed; and what is refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from sessions_api.incidents.models import Incident, Note
from sessions_api.services.session_search import SessionSearch
from tests.sessions_api.incidents.services import NETWORK, by, failing, open_one, steal

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def opened(run: Run) -> Incident:
    run("open", "Stolen tokens", "--since", "2h", "--network", NETWORK)
    return Incident.objects.get()


def refusal(run: Run, *args: object) -> tuple[str, int]:
    with pytest.raises(CommandError) as caught:
        run(*args)
    return str(caught.value), caught.value.returncode


def test_it_is_opened(run: Run) -> None:
    out, _ = run("open", "Stolen tokens", "--since", "2026-11-28T02:10Z", "--network", NETWORK)
    opened = Incident.objects.get()
    assert out == (
        f"Incident {opened.pk} is open: Stolen tokens\n"
        f"Next: manage.py incident preview {opened.pk}\n"
    )
    assert opened.search == SessionSearch(network=NETWORK)
    assert opened.began_at.isoformat() == "2026-11-28T02:10:00+00:00"
    assert (opened.opened_by, opened.opened_by_name) == (None, "command line (ops)")
    assert [one.actor_name for one in opened.participations.all()] == ["command line (ops)"]


def test_it_is_opened_for_programs(run: Run) -> None:
    out, _ = run("open", "Everything", "--since", "1d", "--all", "--json")
    opened = Incident.objects.get()
    assert json.loads(out) == {
        "id": opened.pk,
        "name": "Everything",
        "began_at": opened.began_at.isoformat(timespec="seconds"),
        "opened_at": opened.opened_at.isoformat(timespec="seconds"),
        "opened_by": "command line (ops)",
        "closed_at": None,
        "closed_by": None,
        "sessions": "Everybody's sessions",
        "criteria": {"kind": "search"},
    }


class TestUsageErrors:
    @pytest.mark.parametrize(
        "args",
        [
            ["open", "x", "--all"],
            ["open", "x", "--since", "2h"],
            ["open", "x", "--since", "2h", "--all", "--network", NETWORK],
            ["open", "x", "--since", "yesterday", "--all"],
            ["open", "x", "--since", "0001-01-01T00:00Z", "--all"],
            ["open", "x", "--since", "9999-12-31T23:59Z", "--all"],
            ["open", "x", "--since", "2999-01-01", "--all"],
            ["open", "x", "--since", "2h", "--used-after", "0001-01-01"],
            ["open", "x", "--since", "2h", "--created-before", "9999-12-31T23:59Z"],
            ["open", "x", "--since", "2h", "--used-after", "2999-01-01"],
            ["open", "x", "--since", "2h", "--user", "nobody"],
            ["open", "\n", "--since", "2h", "--all"],
            ["open", "x" * 151, "--since", "2h", "--all"],
            ["open", "x", "--sin", "2h", "--all"],
            ["show", "x"],
            ["show", "9" * 5000],
            ["approve", "1"],
            ["end", "1", "--alone", "x", "--as", "chief"],
            ["tell", "1", "--text", "x", "--text-file", "y"],
            ["dance"],
            [],
        ],
    )
    def test_nothing_is_opened(self, run: Run, args: list[str], ann: Any) -> None:
        _, status = refusal(run, *args)
        assert status in {1, 2}
        assert not Incident.objects.exists()

    def test_they_have_a_status_of_their_own(self, run: Run, opened: Incident) -> None:
        for args in (
            ["change", opened.pk],
            ["change", opened.pk, "--name", ""],
            ["note", opened.pk, " "],
            ["note", opened.pk, "x" * 2001],
            ["open", "x", "--since", "2h"],
        ):
            assert refusal(run, *args)[1] == 2, args

    def test_a_name_of_several_users(self, run: Run, ann: Any, make_user: Any) -> None:
        make_user(ann.email)
        text, status = refusal(run, "open", "x", "--since", "2h", "--user", ann.email)
        assert (status, "2 users have this username" in text) == (2, True)

    @pytest.mark.parametrize(
        "verb",
        [
            "show",
            "change --name x",
            "note",
            "preview",
            "end --reason x",
            "tell",
            "report",
            "join",
            "leave",
            "close",
            "reopen",
        ],
    )
    def test_an_incident_that_is_not_there(self, run: Run, verb: str) -> None:
        verb, *options = verb.split()
        text = ["x"] if verb == "note" else []
        assert refusal(run, verb, 9, *text, *options) == ("There is no incident 9.", 1)

    @pytest.mark.parametrize("verb", ["stop", "resume"])
    def test_a_sign_out_that_is_not_there(self, run: Run, verb: str) -> None:
        assert refusal(run, verb, 9) == ("There is no sign-out of an incident 9.", 1)

    @pytest.mark.parametrize("verb", ["stop-mail", "resume-mail"])
    def test_a_mail_that_is_not_there(self, run: Run, verb: str) -> None:
        assert refusal(run, verb, 9) == ("There is no mail to owners 9.", 1)


def test_open_ones_are_listed(run: Run, opened: Incident) -> None:
    run("open", "Another one", "--since", "1h", "--all")
    run("close", opened.pk)
    lines = run("list")[0].splitlines()
    assert [line.split("  ")[1].strip() for line in lines] == ["NAME", "Another one"]
    assert "Stolen tokens" in run("list", "--all")[0]
    found = [json.loads(line)["name"] for line in run("list", "--all", "--json")[0].splitlines()]
    assert found == ["Another one", "Stolen tokens"]


def test_without_any_it_says_so(run: Run) -> None:
    assert run("list")[0] == "No incident is open.\n"
    assert run("list", "--all")[0] == "There is no incident.\n"
    assert run("list", "--json")[0] == ""


def test_what_is_changed(run: Run, opened: Incident, ann: Any) -> None:
    assert run("change", opened.pk, "--name", "Stolen cookies")[0] == (
        f"Incident {opened.pk} is changed: Stolen cookies\n"
    )
    run("change", opened.pk, "--user", "ann")
    changed = Incident.objects.get()
    assert (changed.name, changed.began_at) == ("Stolen cookies", opened.began_at)
    assert changed.search == SessionSearch(users=(str(ann.pk),))
    run("change", opened.pk, "--since", "2026-11-28T02:10Z")
    assert Incident.objects.get().began_at.isoformat() == "2026-11-28T02:10:00+00:00"


@pytest.mark.parametrize("verb", ["open", "change"])
class TestFuture:
    """That it began in the future is a mistake, such as a time of another zone."""

    @pytest.fixture
    def args(self, opened: Incident, verb: str) -> list[object]:
        return ["open", "x", "--all"] if verb == "open" else ["change", opened.pk]

    def test_it_is_refused(self, run: Run, opened: Incident, args: list[object]) -> None:
        text, _ = refusal(run, *args, "--since", "2999-01-01T00:00Z")
        assert text.endswith("argument --since: '2999-01-01T00:00Z' is in the future.")
        assert Incident.objects.get().began_at == opened.began_at

    def test_clocks_may_differ_by_a_minute(self, run: Run, args: list[object]) -> None:
        soon = timezone.now() + timedelta(seconds=50)
        run(*args, "--since", soon.isoformat())
        assert Incident.objects.latest("began_at").began_at <= timezone.now()


class TestLeaving:
    """Who joins another incident leaves the one in which they took part, and is told so."""

    @pytest.fixture
    def left(self, opened: Incident) -> str:
        return (
            f"command line (ops) has left incident {opened.pk}, since everybody takes part in one "
            "incident at a time: Stolen tokens\n"
        )

    @pytest.fixture
    def second(self, run: Run, opened: Incident, left: str) -> Incident:
        out, err = run("open", "Another one", "--since", "1h", "--network", NETWORK, "--json")
        assert (json.loads(out)["name"], err) == ("Another one", left)
        run("join", opened.pk)
        return Incident.objects.get(name="Another one")

    @pytest.mark.parametrize(
        "args", [["join"], ["note", "x"], ["change", "--name", "Another one"], ["reopen"]]
    )
    def test_by_work_on_another_one(
        self, run: Run, second: Incident, left: str, args: list[str]
    ) -> None:
        verb, *rest = args
        if verb == "reopen":
            run("close", second.pk)
        assert run(verb, second.pk, *rest)[1] == left
        assert run(verb, second.pk, *rest)[1] == ""

    def test_nothing_is_said_of_one_that_ends(self, run: Run, opened: Incident) -> None:
        assert run("leave", opened.pk)[1] == ""
        assert run("join", opened.pk)[1] == ""
        assert run("close", opened.pk)[1] == ""

    def test_also_if_it_is_interrupted(
        self,
        second: Incident,
        left: str,
        ann: Any,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        steal(ann)
        args = ["end", str(second.pk), "--reason", "stolen", "--no-input"]
        with (
            failing('UPDATE "sessions_api_bulksignout"', KeyboardInterrupt()),
            pytest.raises(CommandError, match="Interrupted"),
        ):
            call_command("incident", *args)
        assert capsys.readouterr().err == left

    def test_of_the_account_that_is_named(
        self, run: Run, opened: Incident, ann: Any, chief: Any
    ) -> None:
        steal(ann)
        mine = open_one(by(chief))
        err = run("end", opened.pk, "--reason", "stolen", "--no-input", "--as", "chief")[1]
        assert err.startswith(f"chief has left incident {mine.pk}, since everybody")

    def test_a_name_is_no_instruction_to_the_terminal(self, run: Run, opened: Incident) -> None:
        Incident.objects.update(name="\x1b[2Jname")
        err = run("open", "x", "--since", "1h", "--all")[1]
        assert err.endswith(r": \x1b[2Jname" + "\n")


def test_a_note_is_on_the_timeline(run: Run, opened: Incident) -> None:
    assert run("note", opened.pk, "It is curl.")[0] == "The note is on the timeline.\n"
    assert Note.objects.get().actor_name == "command line (ops)"
    assert "It is curl." in run("show", opened.pk)[0]


def test_only_the_newest_entries_are_shown(run: Run, opened: Incident) -> None:
    for number in range(4):
        run("note", opened.pk, f"note {number}")
    out = run("show", opened.pk, "--limit", 2)[0]
    assert "Only the newest 2 entries:" in out
    assert [f"note {number}" in out for number in range(4)] == [False, False, True, True]


def test_it_is_joined_left_closed_and_reopened(
    run: Run, opened: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "lee")
    who, opened_line = "command line (lee)", f"incident {opened.pk}: Stolen tokens"
    assert run("join", opened.pk) == (f"{who} takes part in {opened_line}\n", "")
    assert run("leave", opened.pk) == (f"{who} no longer takes part in {opened_line}\n", "")
    assert run("close", opened.pk)[0] == f"Incident {opened.pk} is closed: Stolen tokens\n"
    text, status = refusal(run, "note", opened.pk, "x")
    closed = "This incident is closed. Nothing was changed. Reopen it to go on."
    assert (status, text) == (
        1,
        f"{closed} To reopen it: manage.py incident reopen {opened.pk}",
    )
    assert run("reopen", opened.pk)[0] == f"Incident {opened.pk} is open: Stolen tokens\n"
    assert Incident.objects.get().is_open


def test_it_previews_what_it_is_about(run: Run, opened: Incident, ann: Any, bob: Any) -> None:
    assert run("preview", opened.pk)[0].endswith("No active session matches.\n")
    steal(ann, 2)
    steal(bob, browser="", location="Ghent, Belgium")
    assert run("preview", opened.pk)[0].splitlines() == [
        f"Sessions that match: network “{NETWORK}”",
        "Active: 3 sessions of 2 users",
        "Locations: Lyon, France (2), Ghent, Belgium (1)",
        "Browsers: curl (2), unknown (1)",
        "Dialects: v5 (3)",
    ]
    data = json.loads(run("preview", opened.pk, "--json")[0])
    assert (data["sessions"], data["users"], data["skipped"], data["own"]) == (3, 2, 0, 0)
    assert data["locations"][0] == {"value": "Lyon, France", "sessions": 2}


def test_hostile_texts_are_no_instructions_to_the_terminal(run: Run, ann: Any) -> None:
    run("open", "\x1b[2Jname", "--since", "2h", "--network", NETWORK)
    incident = Incident.objects.get()
    steal(ann, location="\x1b[2Jplace", browser="\u202ebrowser")
    run("note", incident.pk, "\x1b]0;title\x07")
    run("end", incident.pk, "--reason", "\x1b[2Jwhy", "--no-input")
    for args in (
        ["list"],
        ["show", incident.pk],
        ["preview", incident.pk],
        ["report", incident.pk],
    ):
        out, _ = run(*args)
        assert all(one.isprintable() or one == "\n" for one in out), args
    assert r"\x1b[2Jplace (1)" in run("show", incident.pk)[0]


def test_a_failing_database_is_an_error_of_the_command(run: Run, opened: Incident) -> None:
    with failing("sessions_api_incidents_incident", OperationalError("gone\naway")):
        assert refusal(run, "list") == ("The database failed: gone away", 1)


def test_a_search_of_another_version(run: Run, opened: Incident) -> None:
    Incident.objects.update(criteria={"kind": "search", "planet": "Mars"})
    assert "Another version has stored this search." in run("list")[0]
    assert "Another version has stored this search." in run("show", opened.pk)[0]
    text = "This version cannot read the filter. Enter it again."
    assert refusal(run, "preview", opened.pk) == (text, 1)
    assert refusal(run, "end", opened.pk, "--reason", "x", "--no-input") == (text, 1)
