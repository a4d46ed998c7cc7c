"""The host is a sound Django project, with tables and checks in order."""

from django.core.management import call_command
from django.db import connection
from django.test import override_settings


# Tests run with DEBUG off, and the cache of this host is one for development.
@override_settings(DEBUG=True)
def test_the_system_checks_find_nothing(db: None) -> None:
    call_command("check", fail_level="WARNING")


def test_the_migrations_fit_the_models(db: None) -> None:
    call_command("makemigrations", check_changes=True, dry_run=True)
    call_command("migrate", check_unapplied=True)
    assert {"host_member", "sessions_api_usersession", "killswitches_killswitch"} <= set(
        connection.introspection.table_names()
    )
