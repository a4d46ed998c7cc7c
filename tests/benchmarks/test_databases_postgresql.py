"""The databases that the benchmark creates, and the rows that it loads."""

import os
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from psycopg import sql

from benchmarks.databases import MARK, PREFIX, Databases, NotOurs
from benchmarks.inside.pages import visit
from benchmarks.inside.people import cast
from benchmarks.paths import HOST
from benchmarks.rows import add_expired, add_sessions
from sessions_api.models import UserSession

#: Different in each process, so that parallel runs do not collide.
NAME = f"test_{os.getpid()}"


@pytest.fixture
def databases() -> Iterator[Databases]:
    databases = Databases(os.environ["DATABASE_URL"])
    yield databases
    databases.drop(NAME)


def test_databases_are_created_copied_and_dropped(databases: Databases) -> None:
    databases.make(NAME)
    with databases.connect(NAME) as connection:
        connection.execute("CREATE TABLE things (id int)")
    databases.make(f"{NAME}_copy", template=NAME)
    with databases.connect(f"{NAME}_copy") as connection:
        assert connection.execute("SELECT count(*) FROM things").fetchone() == (0,)
    databases.drop(f"{NAME}_copy")
    databases.drop(f"{NAME}_copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        databases.connect(f"{NAME}_copy")


def test_a_database_that_the_benchmark_did_not_create_is_not_dropped(databases: Databases) -> None:
    databases.make(NAME)
    with databases.connect(NAME) as connection:
        connection.execute(f"COMMENT ON DATABASE {PREFIX}{NAME} IS 'mine'")
    with pytest.raises(NotOurs):
        databases.make(NAME)
    with pytest.raises(NotOurs):
        databases.drop(NAME)
    with databases.connect(NAME) as connection:
        database = sql.Identifier(PREFIX + NAME)
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, MARK))


def test_indexes_are_restored_after_loading(databases: Databases) -> None:
    databases.make(NAME)
    with databases.connect(NAME) as connection:
        connection.execute("CREATE TABLE people (id int PRIMARY KEY, name text UNIQUE)")
        connection.execute(
            "CREATE TABLE things (id int PRIMARY KEY, owner int REFERENCES people, name text,"
            " CONSTRAINT of_owner UNIQUE (owner, name))"
        )
        connection.execute("CREATE INDEX by_name ON things (upper(name) text_pattern_ops)")
        before = _shape(connection)
    with databases.bare(NAME, "things", "people"), databases.connect(NAME) as connection:
        assert _shape(connection) == {"people_pkey", "things_pkey"}
    with databases.connect(NAME) as connection:
        assert _shape(connection) == before
        assert len(before) == 6


@pytest.mark.django_db(transaction=True)
def test_loaded_sessions_can_be_ended(databases: Databases, settings: Any) -> None:
    [owner] = cast(callers=1, sessions=1)["callers"]
    before = UserSession.objects.count()
    with psycopg.connect(_url(settings), autocommit=True) as connection:
        add_sessions(connection, owner["id"], owner["sids"][0], 25)
        add_expired(connection, 7)
    theirs = UserSession.objects.active().filter(user=owner["id"])
    assert theirs.count() == 26
    assert UserSession.objects.expired().count() == 7
    assert UserSession.objects.count() == before + 25 + 7
    assert len(set(UserSession.objects.values_list("jti", flat=True))) == before + 25 + 7


@pytest.mark.django_db(transaction=True)
def test_pages_and_query_plans_are_measured(settings: Any) -> None:
    settings.ALLOWED_HOSTS = [HOST]
    call_command("load_sample_sessions", sessions=1200, users=60, stdout=StringIO())
    pages = visit(count=1)
    assert len(pages) > 10
    assert {(page["status"], page["failure"]) for page in pages} == {(200, "")}
    assert all(page["queries"] and page["seconds"] for page in pages)


def _shape(connection: psycopg.Connection[Any]) -> set[str]:
    """Return the names of the indexes and foreign keys of the two tables."""
    rows = connection.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
        " UNION SELECT conname FROM pg_constraint WHERE contype = 'f'"
    )
    return {str(name) for (name,) in rows}


def _url(settings: Any) -> str:
    name = settings.DATABASES["default"]["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
