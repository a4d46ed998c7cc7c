"""The prepared statements of every request, which each connection to PostgreSQL keeps."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import NotSupportedError, connection, transaction
from django.db.transaction import TransactionManagementError

from killswitches.prepared import CURSOR_ATTRIBUTE
from sessions_api.http.authentication import find_session
from sessions_api.models import UserSession
from tests.api import Login

pytestmark = pytest.mark.django_db(transaction=True)


def plans() -> set[str]:
    """Return the names of the statements that this connection has prepared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture(autouse=True)
def _new_connection(db: None) -> None:
    connection.close()


@pytest.fixture
def retype() -> Iterator[Any]:
    """Return a function that changes the type of a column of sessions, like a migration."""
    elsewhere = connection.copy()

    def run(sql_type: str) -> None:
        with elsewhere.cursor() as cursor:
            table = UserSession._meta.db_table
            cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "name" TYPE {sql_type}')

    yield run
    connection.close()
    run("varchar(128)")
    elsewhere.close()


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that sets the connection's time zone, like ``TIME_ZONE`` of a database."""

    def forget() -> None:
        for name in ("timezone", "timezone_name"):
            vars(connection).pop(name, None)

    def set_zone(zone: str | None) -> None:
        monkeypatch.setitem(connection.settings_dict, "TIME_ZONE", zone)
        forget()
        connection.close()

    yield set_zone
    forget()
    connection.close()


def test_each_is_prepared_once(me: Login, other: Login) -> None:
    assert plans() == set()
    find_session(me.token)
    made = plans()
    assert len(made) == 2
    for login in (me, other, me):
        assert find_session(login.token) == login.session
        assert plans() == made


def test_each_connection_looks_up_types_once(me: Login) -> None:
    find_session(me.token)
    [kept] = [one for name, one in vars(connection.connection).items() if name == CURSOR_ATTRIBUTE]
    find_session(me.token)
    assert vars(connection.connection)[CURSOR_ATTRIBUTE] is kept
    connection.close()
    find_session(me.token)
    assert vars(connection.connection)[CURSOR_ATTRIBUTE] is not kept


def test_only_writes_check_the_connection_first(me: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []
    monkeypatch.setattr(connection, "close_if_health_check_failed", lambda: looks.append(None))
    assert find_session(me.token) == me.session
    assert len(looks) == 1, "the note of the last use"
    assert find_session(me.token) == me.session
    assert len(looks) == 1


def test_a_read_is_retried_if_its_connection_is_closed(me: Login) -> None:
    find_session(me.token)
    elsewhere = connection.copy()
    ended = connection.connection.info.backend_pid
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [ended])
    elsewhere.close()
    assert find_session(me.token) == me.session
    assert connection.connection.info.backend_pid != ended


@pytest.mark.parametrize("zone", [None, "Asia/Kathmandu"])
def test_times_are_the_same_as_those_of_the_orm(me: Login, in_zone: Any, zone: str | None) -> None:
    in_zone(zone)
    found, read = find_session(me.token), UserSession.objects.get(pk=me.session.pk)
    for name in ("created_at", "expires_at"):
        mine, theirs = getattr(found, name), getattr(read, name)
        assert (mine, mine.utcoffset()) == (theirs, theirs.utcoffset())


def test_nothing_is_prepared_if_the_options_forbid_it(
    me: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(connection.settings_dict["OPTIONS"], "prepare_threshold")
    assert find_session(me.token) == me.session
    assert plans() == set()


def test_wrapped_queries_are_visible(me: Login) -> None:
    seen: list[str] = []

    def watch(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(watch):
        assert find_session(me.token) == me.session
    assert len(seen) == 2
    assert plans() == set()


def test_none_runs_in_an_aborted_transaction(me: Login) -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            find_session(me.token)


def test_a_migration_changes_a_type(me: Login, retype: Any) -> None:
    for sql_type in ("varchar(200)", "text"):
        find_session(me.token)
        outdated = plans()
        retype(sql_type)
        assert find_session(me.token) == me.session
        assert plans() == set()
        assert find_session(me.token) == me.session
        assert len(plans() - outdated) == 1


def test_a_migration_changes_a_type_during_a_transaction(me: Login, retype: Any) -> None:
    find_session(me.token)
    retype("text")
    with pytest.raises(NotSupportedError), transaction.atomic():
        find_session(me.token)
    assert find_session(me.token) == me.session
