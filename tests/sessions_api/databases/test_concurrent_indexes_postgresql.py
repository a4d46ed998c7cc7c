"""Indexes that migrations build while rows are written."""

from collections.abc import Iterator

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState

from sessions_api.databases.concurrent_indexes import AddIndexConcurrently

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "test_notes"
INDEX = models.Index(fields=["text"], name="test_notes_text")


@pytest.fixture(autouse=True)
def _dropped() -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def create(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def add(*, collect_sql: bool = False) -> str:
    """Run the operation as a migration does, and return the definition of the index.

    :param collect_sql: whether only to collect its statements, and to return these.
    """
    state = ProjectState()
    fields = [("id", models.BigIntegerField(primary_key=True)), ("text", models.TextField())]
    state.add_model(ModelState("sessions_api", "Note", fields, {"db_table": TABLE}))
    operation: migrations.AddIndex = AddIndexConcurrently("note", INDEX)
    after = state.clone()
    operation.state_forwards("sessions_api", after)
    with connection.schema_editor(atomic=False, collect_sql=collect_sql) as editor:
        operation.database_forwards("sessions_api", editor, state, after)
    if collect_sql:
        return "\n".join(map(str, editor.collected_sql))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indisvalid AND indexrelid = to_regclass(%s)",
            [INDEX.name],
        )
        return str(*cursor.fetchone() or [])


def test_what_an_interrupted_attempt_has_left_is_replaced() -> None:
    create(
        f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, text text)",
        f"CREATE INDEX {INDEX.name} ON {TABLE} (id)",
    )
    assert add().endswith("(text)")


def test_a_partitioned_table_gets_its_index_too() -> None:
    """PostgreSQL cannot build that concurrently."""
    create(
        f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, text text) PARTITION BY HASH (id)",
        f"CREATE TABLE {TABLE}_0 PARTITION OF {TABLE} FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    )
    assert add().endswith("(text)")


def test_its_statements_can_be_shown_before_there_is_a_table() -> None:
    assert "CREATE INDEX CONCURRENTLY" in add(collect_sql=True)
