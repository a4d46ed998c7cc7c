"""``manage.py killswitch`` for a switch that needs a second person."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from killswitches.gate import enabled_mask
from killswitches.models import FlipRequest, SwitchFlip
from killswitches.registry import GLOBAL
from tests.killswitches.flips import MakeStaff

pytestmark = pytest.mark.django_db

ON = ("on", "GLOBAL", "--reason", "fire")


@pytest.fixture(autouse=True)
def cast(make_staff: MakeStaff, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}
    monkeypatch.setenv("LOGNAME", "ops")
    for name in ("ann", "bob"):
        make_staff(name, "change_killswitch")
    make_staff("vera", "view_killswitch")


@pytest.fixture
def killswitch(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs the command and returns its output."""

    def run(*args: str) -> str:
        call_command("killswitch", *args)
        return capsys.readouterr().out

    return run


def test_one_requests_and_the_other_confirms(killswitch: Any) -> None:
    said = killswitch(*ON, "--as", "ann", "--for", "1h", "--network", "203.0.113.0/24")
    request = FlipRequest.objects.get()
    assert said.startswith("GLOBAL is NOT changed yet: it needs a second person until ")
    assert said.endswith(f"killswitch confirm {request.pk} --as USER.\n")
    assert enabled_mask() == 0
    head, line = killswitch("requests").splitlines()
    assert head.split() == [
        "ID",
        "SWITCH",
        "REQUESTED",
        "EXPIRES",
        "UNTIL",
        "ONLY",
        "FOR",
        "BY",
        "WHY",
    ]
    assert line.startswith(f"{request.pk} ")
    for word in ("GLOBAL", "for 1:00:00", "network=203.0.113.0/24", "ann, by command line (ops)"):
        assert f"  {word}  " in line
    assert killswitch("confirm", str(request.pk), "--as", "bob") == "GLOBAL is now on.\n"
    flip = SwitchFlip.objects.get()
    assert flip.actor_name == "bob, by command line (ops)"
    assert flip.requested_by_name == "ann, by command line (ops)"
    assert killswitch("requests") == "No request waits for a second person.\n"


def test_without_an_account_it_says_what_to_do(killswitch: Any) -> None:
    with pytest.raises(CommandError, match=r"--as USER.*--alone WHY"):
        killswitch(*ON)
    assert enabled_mask() == 0


def test_alone(killswitch: Any) -> None:
    assert killswitch(*ON, "--alone", "all asleep") == "GLOBAL is now on.\n"
    assert enabled_mask() == GLOBAL.bit
    assert SwitchFlip.objects.get().alone_because == "all asleep"
    assert "without a second person: all asleep" in killswitch("history", "GLOBAL")


@pytest.mark.parametrize(
    "arguments",
    [
        (*ON, "--alone", " \0"),
        (*ON, "--alone", "asleep", "--as", "ann"),
        (*ON, "--as", "vera"),
        (*ON, "--as", "nobody"),
        ("confirm", "{key}", "--as", "ann"),
        ("confirm", "{key}", "--as", "vera"),
        ("confirm", "{key}"),
        ("confirm", "0", "--as", "bob"),
        ("decline", "{key}", "--as", "vera"),
    ],
)
def test_what_is_refused(killswitch: Any, arguments: tuple[str, ...]) -> None:
    killswitch(*ON, "--as", "ann")
    key = str(FlipRequest.objects.get().pk)
    with pytest.raises(CommandError):
        killswitch(*(one.replace("{key}", key) for one in arguments))
    assert enabled_mask() == 0
    assert FlipRequest.objects.get().outcome == ""


def test_decline_and_withdraw(killswitch: Any) -> None:
    for name, outcome in (("bob", "declined"), ("ann", "withdrawn")):
        killswitch(*ON, "--as", "ann")
        key = str(FlipRequest.objects.values_list("pk", flat=True)[0])
        said = killswitch("decline", key, "--as", name, "--reason", "no need")
        assert said == f"GLOBAL: {outcome}.\n"


def test_off_needs_nobody_and_declines(killswitch: Any) -> None:
    killswitch(*ON, "--as", "ann")
    killswitch("off", "GLOBAL", "--reason", "calm")
    assert FlipRequest.objects.get().outcome == "declined"
    killswitch(*ON, "--alone", "all asleep")
    assert killswitch("off", "GLOBAL", "--reason", "over") == "GLOBAL is now off.\n"
