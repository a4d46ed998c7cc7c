"""``manage.py killswitch drill``."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from killswitches.models import SwitchDrill
from killswitches.registry import FILE_CREATE, registry
from killswitches.services import set_switch
from tests.killswitches.drillers import Uploads

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _driller(drill_by: Callable[..., None]) -> None:
    drill_by(Uploads())


def test_of_one_switch(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ops")
    call_command("killswitch", "drill", "file_create")
    assert capsys.readouterr().out.splitlines() == [
        "NAME         METHOD  ENDPOINT  DIALECT  ANSWER  RESULT",
        "FILE_CREATE  POST    /uploads  v5       503     closed",
        "FILE_CREATE  GET     /reports           403     not tried",
        "FILE_CREATE: 2 endpoints tried, no fault.",
    ]
    row = SwitchDrill.objects.get()
    assert (row.number, row.actor_name) == (FILE_CREATE.number, "command line (ops)")


def test_of_a_switch_that_is_on(capsys: Any) -> None:
    set_switch(FILE_CREATE, True, reason="fire")
    call_command("killswitch", "drill", str(FILE_CREATE.number))
    assert "no fault. It is on, and stays on." in capsys.readouterr().out


def test_of_all_switches_with_faults(capsys: Any) -> None:
    with pytest.raises(CommandError, match=": ACCOUNT_LOGIN") as failed:
        call_command("killswitch", "drill", "all")
    assert failed.value.returncode == 1
    out = capsys.readouterr().out
    for text in (
        "NOT CLOSED",
        "WRONG ANSWER",
        "CLOSED WHILE OFF",
        "ERROR KeyError",
        "ACCOUNT_LOGIN: 4 of 5 endpoints at fault.",
        "GLOBAL closes no endpoints here.",
    ):
        assert text in out
    assert SwitchDrill.objects.count() == len(list(registry))


def test_without_a_driller(drill_by: Callable[..., None]) -> None:
    drill_by()
    with pytest.raises(CommandError, match="can drill"):
        call_command("killswitch", "drill", "GLOBAL")


def test_an_unknown_switch() -> None:
    with pytest.raises(CommandError, match="Unknown switch"):
        call_command("killswitch", "drill", "ALL_OF_THEM")
