"""Reminders of switches that have been on for long and have no end."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from killswitches.conditions.conditions import Conditions
from killswitches.models import KillSwitch
from killswitches.registry import FILE_CREATE, GLOBAL
from killswitches.services import set_switch, states
from tests.killswitches.pages import LIST, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

REMINDER = "It has been on for long, and has no end"


def on_since(minutes: float, **given: Any) -> None:
    """Turn GLOBAL on as if some minutes ago."""
    set_switch(GLOBAL, True, **given)
    KillSwitch.objects.update(changed_at=timezone.now() - timedelta(minutes=minutes))


def overdue() -> list[str]:
    return [state.switch.name for state in states() if state.is_overdue]


@pytest.mark.parametrize(("minutes", "expected"), [(0, []), (59.9, []), (60.1, ["GLOBAL"])])
def test_after_an_hour(minutes: float, expected: list[str]) -> None:
    on_since(minutes)
    assert overdue() == expected


def test_not_of_a_switch_with_an_end_or_one_that_is_off() -> None:
    on_since(120, until=timezone.now() + timedelta(hours=5))
    assert overdue() == []
    set_switch(GLOBAL, False)
    KillSwitch.objects.update(changed_at=timezone.now() - timedelta(hours=2))
    assert overdue() == []


def test_a_change_begins_the_time_anew() -> None:
    on_since(120)
    set_switch(GLOBAL, True, conditions=Conditions(dialect="v5"))
    assert overdue() == []


@pytest.mark.parametrize(
    ("setting", "minutes", "expected"),
    [
        ({"REMIND_AFTER": "15m"}, 16, ["GLOBAL"]),
        ({"REMIND_AFTER": "2h"}, 119, []),
        ({"REMIND_AFTER": "never"}, 10_000, []),
        # Until it is corrected, the default.
        ({"REMIND_AFTER": "soon"}, 61, ["GLOBAL"]),
        ({"REMIND_AFTER": None}, 59, []),
    ],
)
def test_the_setting(
    settings: Any, setting: dict[str, Any], minutes: float, expected: list[str]
) -> None:
    settings.KILLSWITCHES = setting
    on_since(minutes)
    assert overdue() == expected


@pytest.mark.parametrize("wrong", ["soon", "", "0m", None, 60])
def test_the_check(settings: Any, wrong: object) -> None:
    def found() -> list[str]:
        return [one.msg for one in run_checks() if one.id == "killswitches.E008"]

    assert found() == []
    settings.KILLSWITCHES = {"REMIND_AFTER": "never"}
    assert found() == []
    settings.KILLSWITCHES = {"REMIND_AFTER": wrong}
    (message,) = found()
    assert repr(wrong) in message


def test_where_it_is_shown(admin_client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    urls = ("/admin/password_change/done/", LIST, page_of(GLOBAL))
    on_since(10)
    assert not [url for url in urls if REMINDER in admin_client.get(url).content.decode()]
    call_command("killswitch", "list")
    assert "without an end" not in capsys.readouterr().out
    KillSwitch.objects.update(changed_at=timezone.now() - timedelta(minutes=70))
    assert [url for url in urls if REMINDER in admin_client.get(url).content.decode()] == [*urls]
    set_switch(FILE_CREATE, True)
    call_command("killswitch", "list")
    lines = [line for line in capsys.readouterr().out.splitlines() if "without an end" in line]
    assert [line.split()[1] for line in lines] == ["GLOBAL"]
