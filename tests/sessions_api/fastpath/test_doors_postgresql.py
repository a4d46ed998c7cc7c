"""The private API of the PostgreSQL backend on the fast path; see ``test_doors``."""

from typing import Any

import pytest
from django.db import connection

from tests.private_doors import door


@pytest.mark.django_db(transaction=True)
def test_the_cursor_whose_statements_are_prepared() -> None:
    with door("the cursor whose statements are prepared", "killswitches/prepared.py"):
        connection.close()
        driver: Any = connection
        assert driver.settings_dict["OPTIONS"]["prepare_threshold"] == 0
        assert not driver.queries_logged
        assert not driver.execute_wrappers
        driver.ensure_connection()
        driver.validate_no_broken_transaction()
        cursor = driver.Database.Cursor(driver.connection)
        with driver.wrap_database_errors:
            cursor.execute("SELECT %s::int", [7])
        assert cursor.fetchone() == (7,)
        prepared = "SELECT statement FROM pg_prepared_statements"
        assert driver.connection.execute(prepared).fetchall() == [("SELECT $1::int",)]
        vars(driver.connection)["of_our_own"] = cursor
        assert driver.connection.of_our_own is cursor
