"""The host is a valid Django project: its checks and migrations are clean."""

from django.core.management import call_command
from django.db import connection
from django.test import override_settings


# The check of the cache is silenced: tests run with DEBUG off, and this cache is for development.
@override_settings(DEBUG=True)
def test_the_system_checks_find_nothing(db: None) -> None:
    call_command("check", fail_level="WARNING")


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", check_changes=True, dry_run=True)
    call_command("migrate", check_unapplied=True)
    assert {"host_member", "sessions_api_usersession", "killswitches_killswitch"} <= set(
        connection.introspection.table_names()
    )
