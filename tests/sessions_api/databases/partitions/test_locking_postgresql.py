"""The table of accounts may have any name."""

import pytest
from django.db import connection

from sessions_api.management import partitioning

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["user", "Accounts_User", 'auth"."user'])
def test_names_are_quoted(name: str) -> None:
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        if "." in name:
            cursor.execute("CREATE SCHEMA auth")
        cursor.execute(f"CREATE TABLE {quoted} (id int)")
    written: list[str] = []
    options = {"using": "default", "lock_timeout": 1, "dry_run": False, "write": written.append}
    with partitioning.locked("sessions_api_usersession", "user_id", name, **options):
        pass
    assert f"LOCK TABLE {quoted} IN SHARE ROW EXCLUSIVE MODE;" in written
