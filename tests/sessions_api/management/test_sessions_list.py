"""``manage.py sessions list`` and ``show``, and the options that select sessions."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.core.management import CommandError, execute_from_command_line
from django.db import OperationalError
from django.utils import timezone

from sessions_api.callers.clients import Client
from sessions_api.management.commands.sessions import Command
from sessions_api.models import UserSession
from sessions_api.services import session_search
from tests.api import CHROME, Login
from tests.browser import expire
from tests.cumulonimbus.processes import start
from tests.sessions_api.services.bulk_sign_outs import make_sessions

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
Run = Callable[..., tuple[str, str]]
NOTHING = "No active session matches.\n"


def usage(*args: str) -> int:
    """Run a command line like ``manage.py``, and return the exit status."""
    with pytest.raises(SystemExit) as error:
        execute_from_command_line(["manage.py", "sessions", *args])
    assert isinstance(error.value.code, int)
    return error.value.code


def ids(out: str) -> list[int]:
    return [json.loads(line)["id"] for line in out.splitlines()]


class TestTable:
    def test_a_row_for_each_session(self, run: Run, ann: Any, bob: Any, log_in: LogIn) -> None:
        first = log_in(ann, name="Ann's phone").session
        second = log_in(bob, permission_flags=16).session
        expire(log_in(ann))
        out, err = run("list", "--all")
        head, *rows = out.splitlines()
        assert head.split()[:4] == ["ID", "USER", "KIND", "CREATED"]
        assert [row.split()[:4] for row in rows] == [
            [str(one.sid), name, kind, f"{one.created_at:%Y-%m-%dT%H:%M:%S+00:00}"]
            for one, name, kind in [(second, "bob", "scoped"), (first, "ann", "full")]
        ]
        assert rows[1].endswith("Ann's phone")
        assert "never" in rows[1]
        assert "Chrome 87.0" in rows[1]
        assert err == ""

    def test_texts_are_escaped(self, run: Run, ann: Any, log_in: LogIn) -> None:
        agent = "\x1b]0;x\x07 App/1.0 \u202e"
        login = log_in(ann, name="\x1b[2J\nroot", client=Client(address=None, user_agent=agent))
        UserSession.objects.update(browser="\x9b31m", os="\r")
        for args in (["list", "--all"], ["show", login.session.sid]):
            for extra in ([], ["--json"]):
                out, _ = run(*args, *extra)
                assert all(char.isprintable() for char in out.replace("\n", ""))
                assert len(out.splitlines()) == len(out.split("\n")) - 1
        out, _ = run("list", "--all")
        assert r"\x1b[2J\nroot" in out
        assert len(out.splitlines()) == 2

    def test_the_limit_and_its_hint(self, run: Run, ann: Any) -> None:
        made = make_sessions(ann, 51)
        out, err = run("list", "--all")
        assert len(out.splitlines()) == 51
        assert err == "Only the newest 50 are shown. --limit shows more; 0 shows all.\n"
        for limit in (51, 52, 0):
            out, err = run("list", "--all", "--limit", limit, "--json")
            assert (ids(out), err) == ([one.sid for one in made[::-1]], "")
        out, err = run("list", "--all", "--limit", 2, "--json")
        assert ids(out) == [made[-1].sid, made[-2].sid]
        assert "Only the newest 2" in err

    def test_a_long_table_is_written_in_parts(
        self, run: Run, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("services.session_search", "management.commands.sessions"):
            monkeypatch.setattr(f"sessions_api.{module}.PAGE", 3)
        make_sessions(ann, 10)
        out, _ = run("list", "--all", "--limit", 0)
        assert len({line.split()[0] for line in out.splitlines()}) == 11

    def test_no_session_matches(self, run: Run, ann: Any) -> None:
        assert run("list", "--all") == (NOTHING, "")
        assert run("list", "--user", "ann", "--json") == ("", NOTHING)
        out, err = run("list", "--user", "nobody")
        assert (out, err) == (NOTHING, "No user has this username, email address or ID.\n")


class TestJson:
    def test_all_fields_except_the_token(self, run: Run, ann: Any, log_in: LogIn) -> None:
        login = log_in(ann, permission_flags=16 | 32)
        session = login.session
        out, _ = run("list", "--all", "--json")
        shown = json.loads(out)
        times = ("created_at", "expires_at")
        assert [datetime.fromisoformat(shown.pop(name)) for name in times] == [
            getattr(session, name).replace(microsecond=0) for name in times
        ]
        assert shown == {
            "id": session.sid,
            "user_id": str(ann.pk),
            "username": "ann",
            "name": session.name,
            "kind": "scoped",
            "scopes": ["SECOND_FACTOR_READ", "SESSION_READ"],
            "dialect": "",
            "state": "active",
            "address": session.address,
            "location": "",
            "browser": "Chrome",
            "browser_version": session.browser_version,
            "os": session.os,
            "os_version": session.os_version,
            "platform": session.platform,
            "user_agent": CHROME,
            "used_at": None,
        }
        out, _ = run("show", session.sid, "--json")
        assert json.loads(out) == json.loads(run("list", "--all", "--json")[0]) | {
            "device_type": "computer"
        }
        assert str(session.jti) not in out
        assert login.token not in out


class TestSelection:
    @pytest.fixture
    def made(self, ann: Any, bob: Any, log_in: LogIn) -> dict[str, int]:
        now = timezone.now().replace(microsecond=0)
        made = {}
        for name, user, hours, fields in [
            ("old", ann, 50, {"used_at": now - timedelta(hours=3)}),
            ("new", ann, 1, {"address": "10.0.0.1", "browser": "Firefox"}),
            ("bobs", bob, 1, {"os": "BeOS", "permission_flags": 16}),
        ]:
            began = now - timedelta(hours=hours, seconds=len(made))
            one = log_in(user, name=name, now=began).session
            UserSession.objects.filter(pk=one.pk).update(
                expires_at=now + timedelta(days=1), **fields
            )
            made[name] = one.sid
        return made

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ("--user ann", {"old", "new"}),
            ("--user ANN@example.com", {"old", "new"}),
            ("--network 10.0.0.0/8", {"new"}),
            ("--network 10.0.0.1", {"new"}),
            ("--browser firefox", {"new"}),
            ("--device beos", {"bobs"}),
            ("--created-before 2d", {"old"}),
            ("--created-after 2d", {"new", "bobs"}),
            ("--used-before 2h", {"old"}),
            ("--used-after 2h", {"new", "bobs"}),
            ("--created-before 2000-01-01T00:00Z", set()),
            ("--created-after 2000-01-01", {"old", "new", "bobs"}),
            ("--full", {"old", "new"}),
            ("--scoped", {"bobs"}),
            ("--user ann --used-before 2h --full", {"old"}),
            ("--user bob --full", set()),
        ],
    )
    def test_options(self, run: Run, made: dict[str, int], options: str, found: set[str]) -> None:
        out, _ = run("list", "--json", *options.split())
        assert set(ids(out)) == {made[name] for name in found}

    def test_ids(self, run: Run, made: dict[str, int], ann: Any) -> None:
        assert ids(run("list", "--json", "--session", made["bobs"])[0]) == [made["bobs"]]
        assert ids(run("list", "--json", "--session", made["bobs"], "--user", ann.pk)[0]) == []
        assert len(ids(run("list", "--json", "--user", ann.pk)[0])) == 2

    def test_zones(self, run: Run, ann: Any, settings: Any) -> None:
        settings.TIME_ZONE = "Europe/Berlin"
        began = datetime(2026, 7, 1, 10, tzinfo=UTC)
        make_sessions(ann, 1, created_at=began, used_at=began)
        UserSession.objects.update(sid=int(began.timestamp()))
        for text, found in [
            ("2026-07-01T12:00+02:00", 1),
            ("2026-07-01T12:00:01+02:00", 0),
            ("2026-07-01T12:00", 1),
            ("2026-07-01T12:00:01", 0),
            ("2026-07-01T10:00:00Z", 1),
            ("2026-07-01T10:00:01Z", 0),
        ]:
            for verb in ("created", "used"):
                out, _ = run("list", "--json", f"--{verb}-after", text)
                assert len(out.splitlines()) == found, (verb, text)
        assert '"created_at": "2026-07-01T12:00:00+02:00"' in run("list", "--json", "--all")[0]

    @pytest.mark.parametrize("verb", ["list", "end"])
    @pytest.mark.parametrize("options", ["", "--all --user ann", "--all --scoped"])
    def test_all_sessions_or_a_selection(self, run: Run, verb: str, options: str) -> None:
        with pytest.raises(CommandError, match="--all") as error:
            run(verb, *options.split())
        assert error.value.returncode == 2

    @pytest.mark.parametrize(
        "options",
        [
            ["--network", "10.0.0.0/33"],
            ["--network", "localhost"],
            ["--session", "x"],
            ["--session", "-1"],
            ["--session", "²"],
            ["--session", "9223372036854775808"],
            ["--session", "9" * 5000],
            ["--user", ""],
            ["--user", "a\udcff"],
            ["--device", " "],
            ["--browser", "\x1b"],
            ["--created-after", "yesterday"],
            ["--created-after", "2999-01-01"],
            ["--used-after", "2999-01-01T00:00Z"],
            ["--created-before", "0001-01-01T00:00+14:00"],
            ["--used-after", "2w"],
            ["--used-before", ""],
            ["--full", "--scoped"],
            ["--user", "ann", "--user", "bob"],
            ["--dev", "phone"],
            ["--limit", "-1"],
            ["--limit", "many"],
        ],
    )
    def test_invalid_values_are_refused(
        self, options: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert usage("list", *options) == 2
        assert "error: " in capsys.readouterr().err

    @pytest.mark.parametrize(
        "args",
        [
            [],
            ["lists"],
            ["show"],
            ["show", "x"],
            ["show", "1", "--us", "ann"],
            ["end", "--dev", "phone"],
            ["end", "--resume", "x"],
        ],
    )
    def test_missing_arguments_are_refused(self, args: list[str]) -> None:
        assert usage(*args) == 2


class TestShow:
    def test_all_fields(self, run: Run, ann: Any, log_in: LogIn) -> None:
        session = log_in(ann).session
        out, _ = run("show", session.sid)
        shown = dict(line.split(maxsplit=1) for line in out.splitlines() if len(line.split()) > 1)
        assert shown["username"] == "ann"
        assert shown["device_type"] == "computer"
        assert shown["user_agent"] == CHROME
        assert str(session.jti) not in out

    def test_sessions_in_any_state(self, run: Run, ann: Any, log_in: LogIn) -> None:
        expired, outlived = log_in(ann), log_in(ann)
        expire(expired)
        assert json.loads(run("show", expired.session.sid, "--json")[0])["state"] == "expired"
        ann.set_password("another one")
        UserSession.objects.update(password_mark="x" * 8)
        shown = json.loads(run("show", outlived.session.sid, "--json")[0])
        assert shown["state"] == "ended by a password change"

    def test_no_such_session(self, run: Run, ann: Any, bobs: Login) -> None:
        with pytest.raises(CommandError, match="No user has a session 5") as error:
            run("show", 5)
        assert error.value.returncode == 1
        with pytest.raises(CommandError, match="No such user has"):
            run("show", bobs.session.sid, "--user", "ann")

    def test_an_id_of_two_users(self, run: Run, ann: Any, bob: Any) -> None:
        make_sessions(ann, 1)
        make_sessions(bob, 1)
        UserSession.objects.update(sid=7)
        with pytest.raises(CommandError, match="Name the owner with --user") as error:
            run("show", 7)
        assert error.value.returncode == 2
        assert json.loads(run("show", 7, "--user", "bob", "--json")[0])["username"] == "bob"
        assert len(ids(run("list", "--session", 7, "--json")[0])) == 2


ENDLESS = """
import django
django.setup()
from datetime import UTC, datetime
from django.core.management import execute_from_command_line
from cumulonimbus.models import User
from sessions_api.models import UserSession
from sessions_api.services.session_search import SessionSearch
session = UserSession(user=User(pk=1, username="ann"), sid=1, expires_at=datetime.now(UTC))
SessionSearch.pages = lambda search, size: iter(lambda: [session], None)
execute_from_command_line(["manage.py", "sessions", "list", "--all", "--limit", "0", "--json"])
"""


def test_a_closed_pipe_is_not_an_error(tmp_path: Path) -> None:
    command = start("-c", ENDLESS, STATE_DIR=str(tmp_path), DEBUG="true")
    assert command.stdout
    assert '"id": 1' in command.stdout.readline()
    command.stdout.close()
    assert command.stderr
    assert command.stderr.read() == ""
    assert command.wait() == 0


def test_it_runs_no_system_checks() -> None:
    """A fault elsewhere must not prevent operators from ending sessions."""
    assert Command.requires_system_checks == []


def test_a_database_failure_is_reported_without_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise OperationalError("connection\nrefused")

    monkeypatch.setattr(session_search.SessionSearch, "pages", fail)
    with pytest.raises(CommandError, match=r"^The database failed: connection refused$") as error:
        run("list", "--all")
    assert error.value.returncode == 1
