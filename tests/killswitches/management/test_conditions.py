"""``manage.py killswitch on --network …``."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from killswitches.conditions.conditions import EVERYBODY, read_conditions
from killswitches.gate import switches_on
from killswitches.models import SwitchFlip
from killswitches.registry import GLOBAL
from killswitches.services import set_switch, states
from killswitches.testing import switched_on

pytestmark = pytest.mark.django_db

SOME = read_conditions(
    dialect="v5", client="Fire fox", version="<120", network="203.0.113.0/24", share="10"
)
LINE = "dialect=v5 client=Fire fox version=<120 network=203.0.113.0/24 share=10"
OPTIONS = (
    *("--dialect", "v5", "--client", "Fire fox", "--client-version", "<120"),
    *("--network", "203.0.113.0/24", "--share", "10%"),
)


@pytest.fixture
def on(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that turns GLOBAL on and returns what the command says."""

    def run(*options: str) -> str:
        call_command("killswitch", "on", "GLOBAL", "--reason", "fire", *options)
        return capsys.readouterr().out

    return run


def test_for_some_callers(on: Any, capsys: pytest.CaptureFixture[str]) -> None:
    warning = f"It is on ONLY for callers with: {LINE}. For all: --for-everybody."
    assert on(*OPTIONS).splitlines() == ["GLOBAL is now on.", warning]
    assert switches_on().conditional == {GLOBAL.bit: SOME}
    for verb in (("list",), ("history", "GLOBAL")):
        call_command("killswitch", *verb)
        assert LINE in capsys.readouterr().out.splitlines()[-1]


def test_without_options_it_keeps_its_conditions_and_warns(on: Any) -> None:
    on(*OPTIONS)
    set_switch(GLOBAL, False)
    assert f"ONLY for callers with: {LINE}." in on()
    assert switches_on().conditional == {GLOBAL.bit: SOME}
    assert "already on; nothing changed.\nIt is on ONLY for" in on()


def test_for_everybody(on: Any) -> None:
    on(*OPTIONS)
    assert on("--for-everybody") == "GLOBAL is now on.\n"
    assert states()[-1].conditions == EVERYBODY


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--network", "203.0.113.9/24"), "--network: .*The network is 203.0.113.0/24"),
        (("--network", ""), "--network must not be empty"),
        (("--share", " "), "--share must not be empty"),
        (("--share", "100"), "--share: .*from 1 to 99"),
        (("--client-version", "5"), "--client-version: Enter the name of the client"),
        (("--dialect", "v6"), "--dialect: There is no such dialect"),
        (("--client", "\udcff"), "--client: "),
        # It would turn the rest of the line around.
        (("--client", "\u202eevil"), "--client: "),
        (("--for-everybody", "--share", "10"), "--for-everybody takes no conditions"),
    ],
)
def test_an_invalid_condition_changes_nothing(
    on: Any, options: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        on(*options)
    assert not SwitchFlip.objects.exists()


def test_off_takes_no_conditions() -> None:
    with switched_on(GLOBAL), pytest.raises(CommandError):
        call_command("killswitch", "off", "GLOBAL", "--reason", "over", "--share", "10")
