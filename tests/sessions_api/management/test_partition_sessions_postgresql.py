"""``manage.py partition_sessions``: what it keeps, what it refuses, and migrations afterwards.

Within the transaction of a test, so the table is as before afterwards.
"""

from collections import Counter
from collections.abc import Callable
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from django.db.models.expressions import RawSQL

from sessions_api.databases.concurrent_indexes import AddIndexConcurrently
from sessions_api.models import UserSession
from tests.api import OWN_SESSIONS, Login

pytestmark = pytest.mark.django_db

TABLE = "sessions_api_usersession"
PARTITIONS = 4
USERS = 12
SOME_TRIGGER = "tsvector_update_trigger('name')"


def sql(statement: str, *values: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def partition(**options: Any) -> str:
    # Otherwise the table would have pending checks of what the test has inserted.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    out = StringIO()
    call_command("partition_sessions", partitions=PARTITIONS, stdout=out, **options)
    return out.getvalue()


def constraints() -> dict[str, Any]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, TABLE)
    return {
        name: (one["columns"], one["unique"], one["foreign_key"], one["check"])
        for name, one in found.items()
    }


def sizes() -> dict[str, int]:
    of_partition = RawSQL("tableoid::regclass::text", [])
    rows = UserSession.objects.order_by().values_list(of_partition)
    return dict(Counter(name for (name,) in rows))


def kind() -> str:
    [(letter,)] = sql("SELECT relkind FROM pg_class WHERE oid = %s::regclass", TABLE)
    return str(letter)


@pytest.fixture
def logins(make_user: Callable[..., Any], log_in: Callable[..., Login]) -> list[Login]:
    return [log_in(make_user(f"user{number}")) for number in range(USERS)]


class TestConversion:
    def test_rows_indexes_and_constraints_are_kept(self, logins: list[Login]) -> None:
        rows, before = list(UserSession.objects.order_by("pk").values()), constraints()
        partition()
        assert list(UserSession.objects.order_by("pk").values()) == rows
        assert sum(sizes().values()) == USERS
        assert len(sizes()) > 1
        after = constraints()
        assert after.pop(f"{TABLE}_by_id")[0] == ["id"]
        assert after.pop(f"{TABLE}_pkey")[0] == ["user_id", "id"]
        del before[f"{TABLE}_pkey"]
        assert after == before

    def test_options_for_autovacuum_and_planner(self, logins: list[Login]) -> None:
        former = sql("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", TABLE)
        partition()
        found = sql(
            "SELECT reloptions, attoptions FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
            " JOIN pg_attribute ON attrelid = c.oid AND attname = 'sid'"
            " WHERE inhparent = %s::regclass",
            TABLE,
        )
        assert len(found) == PARTITIONS
        for options, of_column in found:
            assert (options,) == former[0]
            assert "n_distinct=-0.01" in of_column
        [(of_whole,)] = sql(
            "SELECT attoptions FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'sid'",
            TABLE,
        )
        assert "n_distinct_inherited=-0.01" in of_whole

    def test_ids_go_on(self, logins: list[Login], ann: Any, log_in: Any) -> None:
        partition()
        assert log_in(ann).session.pk > max(login.session.pk for login in logins)
        # For loaddata, which sets it.
        assert sql(f"SELECT pg_get_serial_sequence('{TABLE}', 'id')") == [
            (f"public.{TABLE}_id_seq",)
        ]

    def test_the_service_goes_on(self, logins: list[Login]) -> None:
        partition()
        for login in logins:
            assert login.api("GET", OWN_SESSIONS).json()["count"] == 1
            assert login.api("DELETE", f"{OWN_SESSIONS}/me").status_code == 200
            assert login.api("GET", OWN_SESSIONS).status_code == 401
        assert sizes() == {}

    def test_privileges_of_others(self, logins: list[Login]) -> None:
        sql(f"GRANT SELECT ON {TABLE} TO PUBLIC")
        assert f"GRANT SELECT ON {TABLE} TO PUBLIC;" in partition()

    @pytest.mark.parametrize(
        "granted", [f"INSERT ON {TABLE}", f"SELECT ON SEQUENCE {TABLE}_id_seq"]
    )
    def test_who_may_insert_may_count(self, logins: list[Login], granted: str) -> None:
        sql(f"GRANT {granted} TO PUBLIC")
        privilege = "SELECT" if "SEQUENCE" in granted else "USAGE"
        assert f"GRANT {privilege} ON SEQUENCE public.{TABLE}_id_seq TO PUBLIC;" in partition()

    def test_a_dry_run_prints_what_a_run_does(self, logins: list[Login]) -> None:
        before = constraints()
        planned = partition(dry_run=True)
        assert constraints() == before
        assert planned == partition()


class TestRefusals:
    def test_a_table_with_partitions(self) -> None:
        partition()
        with pytest.raises(CommandError, match="has partitions already"):
            partition()

    @pytest.mark.parametrize(
        ("statement", "named"),
        [
            (
                f"CREATE TABLE notes (session bigint REFERENCES {TABLE})",
                "the foreign key notes_session_fkey of notes",
            ),
            (f"CREATE VIEW recent AS TABLE {TABLE}", "the view recent"),
            (f"CREATE UNIQUE INDEX of_host ON {TABLE} (jti)", "the unique index of_host"),
            (f"GRANT SELECT (sid) ON {TABLE} TO PUBLIC", "privileges on the column sid"),
            (
                f"CREATE TRIGGER stop BEFORE UPDATE ON {TABLE} EXECUTE FUNCTION {SOME_TRIGGER}",
                "the trigger stop",
            ),
            (f"CREATE POLICY all_of_them ON {TABLE}", "the policy all_of_them"),
        ],
    )
    def test_what_a_new_table_would_lack(self, statement: str, named: str) -> None:
        sql(statement)
        with pytest.raises(CommandError, match=f"Nothing was changed. First remove {named};"):
            partition()
        assert kind() == "r"


@pytest.mark.django_db(transaction=True)
def test_a_table_in_use_is_left_alone() -> None:
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: parameters[name] for name in names if name in parameters}) as by:
        by.execute(f"LOCK TABLE {TABLE} IN ROW EXCLUSIVE MODE")
        with pytest.raises(CommandError, match="The table is in use; nothing was changed"):
            call_command(
                "partition_sessions", partitions=PARTITIONS, lock_timeout=1, stdout=StringIO()
            )
    assert kind() == "r"


class TestLaterMigrations:
    @staticmethod
    def migrate(operation: Any) -> None:
        state = ProjectState.from_apps(UserSession._meta.apps)
        changed = state.clone()
        operation.state_forwards("sessions_api", changed)
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("sessions_api", editor, state, changed)

    def in_partitions(self, name: str) -> int:
        of_partitions = "FROM pg_attribute JOIN pg_inherits ON attrelid = inhrelid"
        condition = "WHERE inhparent = %s::regclass AND attname = %s"
        [(number,)] = sql(f"SELECT count(*) {of_partitions} {condition}", TABLE, name)
        return int(number)

    def test_a_new_column(self, logins: list[Login]) -> None:
        partition()
        field = models.CharField(max_length=9, default="", db_default="")
        self.migrate(migrations.AddField("usersession", "colour", field))
        assert self.in_partitions("colour") == PARTITIONS

    @pytest.mark.parametrize("operation", [migrations.AddIndex, AddIndexConcurrently])
    def test_a_new_index(self, logins: list[Login], operation: Any) -> None:
        """PostgreSQL cannot build one of all partitions while rows are written."""
        partition()
        self.migrate(operation("usersession", models.Index(fields=["os"], name="by_os")))
        assert constraints()["by_os"][0] == ["os"]
        [(number,)] = sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'by_os'::regclass")
        assert number == PARTITIONS
