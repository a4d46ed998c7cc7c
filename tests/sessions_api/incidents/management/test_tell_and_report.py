"""``manage.py incident tell``, ``stop-mail`` and ``report``."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import override

from killswitches.models import SwitchFlip
from killswitches.times import plain_time
from sessions_api.incidents.models import Incident, OwnersMail
from sessions_api.incidents.models.jobs import TEXT_LENGTH
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services import mails
from sessions_api.incidents.services.newest import SHOWN
from sessions_api.incidents.services.participants import MOST
from sessions_api.models import AuditEvent
from sessions_api.notices.models import Notice
from sessions_api.services.bans import set_banned
from tests.sessions_api.incidents.services import NETWORK, by, failing, steal
from tests.terminals import type_in

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[str, str]]
UNCOUNTED = {"sessions": None, "estimated": 0, "users": None, "skipped": 0, "own": 0}
#: A statement of each batch of a mail.
BATCH = 'UPDATE "sessions_api_incidents_affectedowner"'


@pytest.fixture
def incident(run: Run, ann: Any, bob: Any) -> Incident:
    """An incident that has ended a session of ann, and of bob, who has no address."""
    run("open", "Stolen tokens", "--since", "2h", "--network", NETWORK)
    opened = Incident.objects.get()
    steal(ann)
    steal(bob)
    run("end", opened.pk, "--reason", "stolen", "--no-input")
    return opened


def refusal(run: Run, *args: object) -> tuple[str, int]:
    with pytest.raises(CommandError) as caught:
        run(*args)
    return str(caught.value), caught.value.returncode


@pytest.mark.usefixtures("_mail")
class TestTell:
    def test_owners_are_told(self, run: Run, incident: Incident) -> None:
        out = run("tell", incident.pk, "--text", "Please log in again.", "--no-input")[0]
        assert out == (
            "Wrote mails to 1 owner. The processes of the server send them; where none runs: "
            "manage.py send_notices\n"
            "Not told: 1 owner without an email address, or deleted.\n"
        )
        assert Notice.objects.get(kind="incident").address == "ann@example.com"
        assert OwnersMail.objects.get().text == "Please log in again."
        again = run("tell", incident.pk, "--no-input")[0]
        assert again == "Nobody is left to tell.\n"

    def test_by_default_with_a_text_in_the_language_of_the_site(
        self, run: Run, incident: Incident
    ) -> None:
        with override("de"):
            run("tell", incident.pk, "--no-input")
        assert OwnersMail.objects.get().text.startswith("Somebody may have used your account")

    def test_with_a_text_from_a_file(self, run: Run, incident: Incident, tmp_path: Path) -> None:
        file = tmp_path / "text"
        file.write_bytes("Grüße.\r\n\r\nBitte.\r\n".encode())
        run("tell", incident.pk, "--text-file", file, "--no-input")
        assert OwnersMail.objects.get().text == "Grüße.\n\nBitte."

    def test_with_a_text_from_a_pipe(
        self, run: Run, incident: Incident, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        type_in(monkeypatch, "", lambda _: TextIOWrapper(BytesIO(b"Please.")))
        run("tell", incident.pk, "--text-file", "-", "--no-input")
        assert OwnersMail.objects.get().text == "Please."

    @pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff", b"x" * 4001, b"a\0b"])
    def test_texts_that_are_none(
        self, run: Run, incident: Incident, tmp_path: Path, content: bytes | None
    ) -> None:
        file = tmp_path / "text"
        if content is not None:
            file.write_bytes(content)
        assert refusal(run, "tell", incident.pk, "--text-file", file, "--no-input")[1] == 2
        assert not OwnersMail.objects.exists()

    def test_a_dry_run_tells_nobody(self, run: Run, incident: Incident) -> None:
        out = run("tell", incident.pk, "--text", "a\x1bb\n\nc", "--dry-run")[0]
        assert out == "a\\x1bb\n\nc\nWould tell 2 owners.\n"
        assert not OwnersMail.objects.exists()

    def test_it_asks(self, run: Run, incident: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
        text, status = refusal(run, "tell", incident.pk)
        assert text.startswith("Without a terminal, nobody can confirm that 2 owners will be told.")
        type_in(monkeypatch, "no")
        assert refusal(run, "tell", incident.pk)[0] == "Nothing was changed."
        assert (status, OwnersMail.objects.count()) == (2, 0)
        type_in(monkeypatch, "yes")
        assert run("tell", incident.pk)[1].endswith("\nTell 2 owners? [y/N] ")
        assert OwnersMail.objects.count() == 1

    @pytest.mark.parametrize(
        ("error", "cause"),
        [
            (KeyboardInterrupt(), "Interrupted"),
            (OperationalError("gone"), "The database failed (gone)"),
        ],
    )
    def test_interrupted_it_says_who_goes_on(
        self, run: Run, incident: Incident, error: BaseException, cause: str
    ) -> None:
        with failing(BATCH, error):
            text, _ = refusal(run, "tell", incident.pk, "--no-input")
        mail = OwnersMail.objects.get()
        assert text == (
            f"{cause}. The processes of the server go on with it. To stop it: manage.py incident "
            f"stop-mail {mail.pk}. To go on here: manage.py incident resume-mail {mail.pk}"
        )
        assert run("stop-mail", mail.pk)[0] == (
            f"Mail {mail.pk} is stopped, after 0 owners had been told.\n"
        )
        for verb in ("stop-mail", "resume-mail"):
            assert refusal(run, verb, mail.pk) == (
                "It had finished already. Nothing was changed.",
                1,
            )

    def test_interrupted_it_can_be_resumed(self, run: Run, incident: Incident) -> None:
        with failing(BATCH, KeyboardInterrupt()):
            refusal(run, "tell", incident.pk, "--no-input")
        out = run("resume-mail", OwnersMail.objects.get().pk)[0]
        assert out.startswith("Wrote mails to 1 owner. ")
        assert Notice.objects.filter(kind="incident").count() == 1


@pytest.mark.usefixtures("_mail")
def test_a_mail_whose_requester_may_no_longer(run: Run, incident: Incident, chief: Any) -> None:
    mail = mails.tell_owners(incident, "x", actor=by(chief, CHANGE_INCIDENTS))
    type(chief).objects.filter(pk=chief.pk).update(is_active=False)
    text, status = refusal(run, "resume-mail", mail.pk)
    assert text == (
        "It was interrupted: whoever it runs for may no longer do this. To tell the others by "
        f"another mail: manage.py incident stop-mail {mail.pk}, then manage.py incident tell "
        f"{incident.pk}"
    )
    assert status == 1
    assert "interrupted BANNED_ERROR" in run("show", incident.pk)[0]
    run("stop-mail", mail.pk)
    run("tell", incident.pk, "--no-input")
    shown = json.loads(run("show", incident.pk, "--json")[0])["mails"]
    assert [(one["state"], one["told"]) for one in shown] == [("stopped", 0), ("finished", 1)]
    assert Notice.objects.get(kind="incident").address == "ann@example.com"


@pytest.mark.usefixtures("_mail")
def test_nobody_is_asked_about_a_mail_of_a_closed_incident(run: Run, incident: Incident) -> None:
    run("close", incident.pk)
    text, status = refusal(run, "tell", incident.pk)
    closed = "This incident is closed. Nothing was changed. Reopen it to go on."
    reopen = f"manage.py incident reopen {incident.pk}"
    assert (text, status) == (f"{closed} To reopen it: {reopen}", 1)


def test_where_no_mail_is_sent_it_says_what_is_missing(
    run: Run, incident: Incident, settings: Any
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"SITE_URL": ""}
    text, status = refusal(run, "tell", incident.pk, "--no-input")
    assert (status, "SITE_URL" in text) == (1, True)


class TestReport:
    @pytest.mark.usefixtures("_mail")
    def test_it_has_everything(self, run: Run, incident: Incident, ann: Any, chief: Any) -> None:
        run("note", incident.pk, "It is curl.")
        run("tell", incident.pk, "--text", "Please log in again.", "--no-input")
        set_banned(ann, True, actor=by(chief), reason="elsewhere")
        run("close", incident.pk)
        out = run("report", incident.pk)[0]
        title = f"Incident {incident.pk}: Stolen tokens"
        assert out.startswith(f"{title}\n{'=' * len(title)}\n\nMade at ")
        for part in (
            f"Sessions that match: network “{NETWORK}”",
            "Active: 2 sessions of 2 users",
            "Locations: Lyon, France (2)",
            "Affected: 2. Not told yet: 0.",
            "Please log in again.",
            "It is curl.",
            "stolen (2 of 2 sessions ended, finished)",
            "Incident closed",
        ):
            assert part in out, part
        # By somebody who does not take part.
        assert "elsewhere" not in out

    def test_whoever_takes_part_again_and_again_is_in_it_once(
        self, run: Run, incident: Incident
    ) -> None:
        for verb in ("leave", "join", "leave", "join"):
            run(verb, incident.pk)
        people = run("report", incident.pk)[0].partition("Who took part")[2].partition("\n\n")[0]
        assert people.count("command line (ops)") == 1

    def test_many_are_bounded(self, run: Run, incident: Incident) -> None:
        now = timezone.now()
        for number in range(MOST + 1):
            incident.participations.create(
                actor_name=f"u{number}", since=now + timedelta(minutes=number + 1)
            )
        for _ in range(SHOWN + 2):
            by_sam = {"requested_by_name": "sam", "finished_at": now}
            incident.sign_outs.create(criteria={}, reason="x", preview=UNCOUNTED, **by_sam)
            incident.mails.create(text="y", **by_sam)
        for verb in ("show", "report"):
            out = run(verb, incident.pk)[0]
            # One of the sign-outs is the first one.
            for text in ("And 2 more people", "And 3 older ones.", "And 2 older mails."):
                assert text in out
            assert out.count("Before sign-out ") == SHOWN
        shown = json.loads(run("show", incident.pk, "--json")[0])
        assert (len(shown["sign_outs"]), shown["more_sign_outs"]) == (SHOWN, 3)
        assert (len(shown["mails"]), shown["more_mails"]) == (SHOWN, 2)

    def test_a_switch_is_in_it_with_its_conditions(self, run: Run, incident: Incident) -> None:
        call_command(
            *("killswitch", "on", "ACCOUNT_LOGIN", "--network", NETWORK, "--reason", "thieves"),
            *("--for", "1h"),
        )
        until = SwitchFlip.objects.get().until
        assert until
        assert (
            f"ACCOUNT_LOGIN: thieves (only for network {NETWORK}; until {plain_time(until)})"
            in run("report", incident.pk)[0]
        )

    def test_it_is_saved_for_its_owner_only(
        self, run: Run, incident: Incident, tmp_path: Path
    ) -> None:
        file = tmp_path / "report.txt"
        assert run("report", incident.pk, "--output", file)[0] == f"Saved: {file}\n"
        assert f"Incident {incident.pk}: Stolen tokens" in file.read_text("utf-8")
        assert file.stat().st_mode & 0o777 == 0o600
        event = AuditEvent.objects.get(kind="incident_reported")
        assert (event.actor_name, event.detail["incident"]) == ("command line (ops)", incident.pk)

    def test_no_file_is_overwritten(self, run: Run, incident: Incident, tmp_path: Path) -> None:
        file = tmp_path / "report.txt"
        file.write_text("mine")
        for name in (file, tmp_path, tmp_path / "nowhere/report.txt"):
            assert refusal(run, "report", incident.pk, "--output", name)[1] == 1
        assert file.read_text() == "mine"
        assert not AuditEvent.objects.filter(kind="incident_reported").exists()

    def test_it_is_in_english_in_any_language(self, run: Run, incident: Incident) -> None:
        call_command("killswitch", "on", "ACCOUNT_LOGIN", "--reason", "thieves")
        with override("de"):
            assert "Kill switch turned on" in run("report", incident.pk)[0]


@pytest.mark.usefixtures("_mail")
def test_the_length_of_a_mail_is_that_of_its_lines(
    run: Run, incident: Incident, tmp_path: Path
) -> None:
    file = tmp_path / "mail.txt"
    file.write_bytes(b"a\r\n" * (TEXT_LENGTH // 2))
    run("tell", incident.pk, "--text-file", file, "--no-input")
    assert incident.mails.get().text == ("a\n" * (TEXT_LENGTH // 2)).strip()
