"""``manage.py killswitch``."""

import getpass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from killswitches import services
from killswitches.gate import enabled_mask
from killswitches.models import SwitchFlip
from killswitches.registry import ACCOUNT_LOGIN, GLOBAL, registry
from killswitches.services import set_switch, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def killswitch(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs the command and returns its output."""

    def run(*args: str) -> str:
        call_command("killswitch", *args)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("name", ["ACCOUNT_LOGIN", "account_login", "4"])
def test_on_and_off(killswitch: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ops")
    assert killswitch("on", name, "--reason", "fire") == "ACCOUNT_LOGIN is now on.\n"
    assert enabled_mask() == ACCOUNT_LOGIN.bit
    assert killswitch("off", name, "--reason", "over") == "ACCOUNT_LOGIN is now off.\n"
    assert enabled_mask() == 0
    assert [(flip.enabled, flip.actor_name, flip.reason) for flip in SwitchFlip.objects.all()] == [
        (False, "command line (ops)", "over"),
        (True, "command line (ops)", "fire"),
    ]


@pytest.mark.parametrize("verb", ["on", "off"])
def test_a_flip_to_the_current_state_is_reported(killswitch: Any, verb: str) -> None:
    set_switch(GLOBAL, verb == "on")
    assert "already" in killswitch(verb, "GLOBAL", "--reason", "again")
    assert not SwitchFlip.objects.filter(reason="again").exists()


def test_an_operating_system_user_without_a_name(
    killswitch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> NoReturn:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nobody)
    killswitch("on", "GLOBAL", "--reason", "fire")
    assert SwitchFlip.objects.get().actor_name.startswith("command line (user id ")


@pytest.mark.parametrize("verb", ["on", "off"])
@pytest.mark.parametrize("reason", [(), ("--reason", ""), ("--reason", " \n\u200b")])
def test_a_flip_without_a_reason_is_refused(
    killswitch: Any, verb: str, reason: tuple[str, ...]
) -> None:
    set_switch(GLOBAL, verb == "off")
    with pytest.raises(CommandError, match="--reason"):
        killswitch(verb, "GLOBAL", *reason)
    assert bool(enabled_mask()) is (verb == "off")


@pytest.mark.parametrize(
    "name", ["LOGIN", "9", "-1", "4.0", "²", "\uff19\uff19", "9" * 5000, "", "\udcff"]
)
@pytest.mark.parametrize("verb", ["on", "off", "history"])
def test_an_unknown_switch_is_refused_and_the_known_ones_listed(
    killswitch: Any, verb: str, name: str
) -> None:
    reason = [] if verb == "history" else ["--reason", "fire"]
    with pytest.raises(CommandError, match=r"ACCOUNT_CREATE, ACCOUNT_MODIFY, .*, GLOBAL"):
        killswitch(verb, *reason, "--", name)
    assert enabled_mask() == 0


@pytest.mark.parametrize("args", [(), ("toggle", "GLOBAL"), ("on",), ("history",)])
def test_missing_arguments_are_refused(killswitch: Any, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        killswitch(*args)


def test_list(killswitch: Any) -> None:
    set_switch(GLOBAL, True, actor_name="ann", reason="fire in hall 2")
    head, *lines = killswitch("list").splitlines()
    assert head.split() == [
        "NO",
        "NAME",
        "STATE",
        "SINCE",
        "UNTIL",
        "ONLY",
        "FOR",
        "BY",
        "REMINDER",
        "WHY",
    ]
    assert [line.split()[:3] for line in lines] == [
        [str(switch.number), switch.name, "on" if switch is GLOBAL else "off"]
        for switch in registry
    ]
    assert lines[-1].split()[-5:] == ["ann", "fire", "in", "hall", "2"]
    assert f"{SwitchFlip.objects.get().at:%Y-%m-%d}" in lines[-1]


@pytest.mark.parametrize(
    ("end", "minutes"), [("15m", 15), ("1h", 60), ("1d", 24 * 60), ("90m", 90), ("2d", 2880)]
)
def test_on_for_a_duration(killswitch: Any, end: str, minutes: int) -> None:
    before = timezone.now()
    said = killswitch("on", "GLOBAL", "--reason", "fire", "--for", end)
    until = states()[-1].until
    assert until is not None
    assert before <= until - timedelta(minutes=minutes) <= timezone.now()
    assert said == f"GLOBAL is now on until {until.isoformat(sep=' ', timespec='seconds')}.\n"
    assert f"{until:%Y-%m-%d %H:%M:%S}" in killswitch("list").splitlines()[-1]
    assert f"{until:%Y-%m-%d %H:%M:%S}" in killswitch("history", "GLOBAL")


@pytest.mark.parametrize(
    "text", ["2031-02-03T04:05:06", "2031-02-03 04:05:06", "2031-02-03T06:05:06+02:00"]
)
def test_on_until_a_time(killswitch: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LONGEST", timedelta(days=36_500))
    said = killswitch("on", "GLOBAL", "--reason", "fire", "--until", text)
    assert said == "GLOBAL is now on until 2031-02-03 04:05:06+00:00.\n"
    assert states()[-1].until == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    again = killswitch("on", "GLOBAL", "--reason", "fire", "--until", text)
    assert again == "GLOBAL was already on until 2031-02-03 04:05:06+00:00; nothing changed.\n"


@pytest.mark.parametrize(
    "end",
    [
        ("--for", "15"),
        ("--for", "0m"),
        ("--for", "-1h"),
        ("--for", "99999d"),
        ("--for", "9999d"),
        ("--for", "1w"),
        ("--for", ""),
        ("--for", "\0"),
        ("--until", "2001-02-03T04:05"),
        ("--until", "9999-12-31T23:59"),
        ("--until", "0001-01-01T00:00+14:00"),
        ("--until", "tomorrow"),
        ("--until", ""),
        ("--until", "\0"),
        ("--for", "15m", "--until", "2031-02-03T04:05"),
    ],
)
def test_an_invalid_end_is_refused(killswitch: Any, end: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        killswitch("on", "GLOBAL", "--reason", "fire", *end)
    assert enabled_mask() == 0
    assert not SwitchFlip.objects.exists()


def test_off_takes_no_end(killswitch: Any) -> None:
    with pytest.raises(CommandError):
        killswitch("off", "GLOBAL", "--reason", "over", "--for", "15m")


def test_history(killswitch: Any) -> None:
    assert killswitch("history", "global") == "GLOBAL has never been flipped.\n"
    set_switch(GLOBAL, True, actor_name="ann", reason="fire")
    set_switch(GLOBAL, False, actor_name="bob", reason="over")
    set_switch(ACCOUNT_LOGIN, True, reason="another switch")
    lines = killswitch("history", "GLOBAL").splitlines()
    assert [line.split()[2:] for line in lines[1:]] == [
        ["off", "bob", "over"],
        ["on", "ann", "fire"],
    ]


def test_a_database_failure_is_reported_without_traceback(
    killswitch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> NoReturn:
        raise OperationalError("connection refused")

    monkeypatch.setattr(services, "states", fail)
    with pytest.raises(CommandError, match="connection refused"):
        killswitch("list")
