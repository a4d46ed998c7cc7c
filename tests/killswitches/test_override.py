"""The override, which names switches that are on while the database is unavailable."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client

from killswitches import override
from killswitches.conditions.callers import KnownCaller
from killswitches.gate import enabled_mask, switches_on
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, FILE_DELETE, GLOBAL
from killswitches.testing import switched_on

pytestmark = pytest.mark.django_db


def lose_database(*_args: object) -> NoReturn:
    raise OperationalError("the connection is closed")


@pytest.fixture(autouse=True)
def _nothing_logged_yet() -> Iterator[None]:
    override.logged_at.clear()
    yield
    override.logged_at.clear()


def test_a_named_switch_is_on_and_the_others_are_unknown(settings: Any) -> None:
    settings.KILLSWITCHES = {"OVERRIDE": ["FILE_CREATE"]}
    with connection.execute_wrapper(lose_database):
        found = switches_on()
        assert FILE_CREATE in found
        assert found.applies(FILE_CREATE, KnownCaller)
        assert found.closing([FILE_DELETE, FILE_CREATE], KnownCaller) == FILE_CREATE
        for ask in (
            lambda: FILE_DELETE in found,
            lambda: found.applies(GLOBAL, KnownCaller),
            lambda: found.closing([FILE_DELETE], KnownCaller),
            lambda: found.closing([], KnownCaller),
            enabled_mask,
        ):
            with pytest.raises(OperationalError, match="the connection is closed"):
                ask()


def test_global_closes_first(settings: Any) -> None:
    settings.KILLSWITCHES = {"OVERRIDE": "file_create, global"}
    with connection.execute_wrapper(lose_database):
        assert switches_on().closing([FILE_CREATE], KnownCaller) == GLOBAL


def test_without_an_override_every_switch_is_unknown(settings: Any) -> None:
    del settings.KILLSWITCHES
    with connection.execute_wrapper(lose_database), pytest.raises(OperationalError):
        switches_on().closing([FILE_CREATE], KnownCaller)


@pytest.mark.parametrize("error", [DatabaseError, ZeroDivisionError])
def test_other_errors_are_not_hidden(settings: Any, error: type[Exception]) -> None:
    def fail(*_args: object) -> NoReturn:
        raise error

    settings.KILLSWITCHES = {"OVERRIDE": ["GLOBAL"]}
    with connection.execute_wrapper(fail), pytest.raises(error):
        switches_on()


def test_it_has_no_effect_while_the_database_can_be_read(
    settings: Any, django_assert_num_queries: Any
) -> None:
    settings.KILLSWITCHES = {"OVERRIDE": ["GLOBAL"]}
    with switched_on(FILE_CREATE), django_assert_num_queries(1):
        assert switches_on().closing([FILE_CREATE], KnownCaller) == FILE_CREATE


def test_the_file_is_read_anew(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "override"
    settings.KILLSWITCHES = {"OVERRIDE": ["GLOBAL"], "OVERRIDE_FILE": str(file)}
    lost = InterfaceError()
    assert override.overridden(lost).mask == GLOBAL.bit
    for text, mask in [
        ("FILE_CREATE\nfile_delete", FILE_CREATE.bit | FILE_DELETE.bit),
        ("ACCOUNT_LOGIN, ,", ACCOUNT_LOGIN.bit),
        ("", 0),
    ]:
        file.write_text(text)
        assert override.overridden(lost).mask == mask | GLOBAL.bit
    file.unlink()
    assert override.overridden(lost).mask == GLOBAL.bit


def test_unknown_names_are_ignored_and_logged_once(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "override"
    file.write_bytes(b"\xff\x00,GLOBAL,NO_SUCH")
    settings.KILLSWITCHES = {"OVERRIDE_FILE": str(file)}
    for _ in range(2):
        assert override.overridden(InterfaceError()).mask == GLOBAL.bit
    warning, in_force = caplog.records
    assert (warning.levelno, in_force.levelno) == (logging.WARNING, logging.ERROR)
    assert "NO_SUCH" in warning.getMessage()
    assert in_force.getMessage().endswith("the override closes: GLOBAL.")


@pytest.mark.parametrize("path", ["folder", "nul\0"])
def test_a_file_that_cannot_be_read_is_logged_once(
    settings: Any, tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "folder").mkdir()
    settings.KILLSWITCHES = {"OVERRIDE": ["GLOBAL"], "OVERRIDE_FILE": str(tmp_path / path)}
    for _ in range(2):
        assert override.overridden(InterfaceError()).mask == GLOBAL.bit
    assert [one.levelname for one in caplog.records] == ["WARNING", "ERROR"]


def test_a_check_reports_unknown_names(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "override"
    file.write_text("FILE_CRATE")
    settings.KILLSWITCHES = {"OVERRIDE": ["GLOBAL", "NONE"], "OVERRIDE_FILE": str(file)}
    [message] = [one for one in run_checks() if one.id == "killswitches.W005"]
    assert message.msg.endswith("FILE_CRATE, NONE.")
    settings.KILLSWITCHES = {"OVERRIDE": ["GLOBAL"]}
    assert "killswitches.W005" not in [one.id for one in run_checks()]


@pytest.mark.urls("tests.killswitches.ofrep.urls")
def test_the_flag_of_a_named_switch_is_true(settings: Any) -> None:
    settings.KILLSWITCHES = {"OFREP_PUBLIC": True, "OVERRIDE": ["FILE_CREATE"]}
    with connection.execute_wrapper(lose_database):
        answer = Client().post(
            "/ofrep/v1/evaluate/flags/FILE_CREATE", "{}", content_type="application/json"
        )
        assert answer.json()["value"] is True
        answer = Client().post("/ofrep/v1/evaluate/flags", "{}", content_type="application/json")
        assert answer.status_code == 503
