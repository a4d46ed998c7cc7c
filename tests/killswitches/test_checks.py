"""The app's migrations and system checks."""

import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from killswitches.checks import COMPLETE_FORMS, check_forms
from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch
from tests.cumulonimbus.processes import finish, start
from tests.killswitches.flips import MakeStaff


@pytest.mark.django_db(transaction=True)
def test_the_migrations_can_be_reversed() -> None:
    try:
        call_command("migrate", "killswitches", "zero", verbosity=0)
        assert KillSwitch._meta.db_table not in connections["default"].introspection.table_names()
    finally:
        call_command("migrate", verbosity=0)
    assert enabled_mask() == 0


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", "killswitches", check=True, dry_run=True, verbosity=0)


def check_ids() -> set[Any]:
    """Return the ids of the messages. Some of Django 6.1's checks query the database."""
    return {message.id for message in run_checks()}


@pytest.mark.parametrize(
    ("vendor", "name"),
    [("oracle", "Oracle"), ("mysql", "MySQL or MariaDB"), ("cockroachdb", "cockroachdb")],
)
def test_another_database_is_refused_in_one_sentence(vendor: str, name: str, db: None) -> None:
    assert "killswitches.E001" not in check_ids()
    with mock.patch.object(type(connections["default"]), "vendor", vendor):
        [message] = [one for one in run_checks() if one.id == "killswitches.E001"]
    assert message.msg.endswith(
        f" PostgreSQL or SQLite only, but the database 'default' is {name}."
    )
    assert 'DATABASES["default"] = {"ENGINE": "django.db.backends.postgresql"' in str(message.hint)


def test_a_database_time_zone_other_than_its_clocks_is_reported(db: None) -> None:
    connection = connections["default"]
    assert "killswitches.E002" not in check_ids()
    with mock.patch.object(connection, "timezone_name", "Europe/Berlin"):
        assert ("killswitches.E002" in check_ids()) is (connection.vendor == "sqlite")


def test_forms_of_which_a_part_arrives(db: None, settings: Any) -> None:
    assert "killswitches.W009" not in check_ids()
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if one != COMPLETE_FORMS]
    [message] = [one for one in run_checks() if one.id == "killswitches.W009"]
    assert f'MIDDLEWARE = ["{COMPLETE_FORMS}", *MIDDLEWARE]' in str(message.hint)
    settings.INSTALLED_APPS = [one for one in settings.INSTALLED_APPS if "Admin" not in one]
    assert check_forms() == []


def test_local_times_are_reported_on_every_database(db: None) -> None:
    with override_settings(USE_TZ=False):
        (error,) = [one for one in run_checks() if one.id.startswith("killswitches.")]
    assert error.id == "killswitches.E003"
    assert error.is_serious()
    assert "USE_TZ" in str(error.hint)


def test_a_project_with_local_times_fails_its_check(tmp_path: Path) -> None:
    script = "from cumulonimbus.settings import *\nUSE_TZ = False\nTIME_ZONE = 'Europe/Berlin'\n"
    (tmp_path / "local_times.py").write_text(script)
    environment = {
        "PYTHONPATH": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "local_times",
        "DEBUG": "true",
        "STATE_DIR": str(tmp_path),
        "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
    }
    code, _, err = finish(start("manage.py", "check", **environment))
    assert code != 0
    assert "(killswitches.E003) USE_TZ is False" in err
    assert "E002" not in err


def test_a_second_person_for_an_unknown_switch_is_reported(db: None, settings: Any) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL", "GLOBL"]}
    (error,) = [one for one in run_checks() if one.id == "killswitches.E006"]
    assert "exist: GLOBL." in error.msg
    assert error.is_serious()
    settings.KILLSWITCHES = {"SECOND_PERSON": "global"}
    assert "killswitches.E006" not in check_ids()


def test_too_few_people_are_reported(make_staff: MakeStaff, settings: Any) -> None:
    def reported() -> bool:
        found = run_checks(tags=["database"], databases=["default"])
        return "killswitches.W007" in {one.id for one in found}

    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}
    ann = make_staff("ann", "change_killswitch")
    make_staff("vera", "view_killswitch")
    assert reported()
    assert "killswitches.W007" not in {
        one.id for one in run_checks(tags=["database"], databases=[])
    }
    make_staff("bob", "change_killswitch")
    assert not reported()
    ann.is_active = False
    ann.save()
    assert reported()
    settings.KILLSWITCHES = {}
    assert not reported()
