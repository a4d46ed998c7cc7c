"""Fixtures for tests of the app: large tables, and a location database."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from sessions_api.accounts.lookup import lock
from tests import big_table as tables
from tests.backends import Directory, path_of
from tests.big_table import TABLES, drop_foreign_keys, statements
from tests.big_trail import ANN, EVENTS, PACE, TABLE
from tests.counting_hasher import COUNTING, CountingHasher
from tests.held_up import BeforeTheLock
from tests.sessions_api.callers.geoip import database, write_database


@pytest.fixture
def city_database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "city.mmdb"
    write_database(path)
    with database(path):
        yield path


@pytest.fixture
def before_the_lock(monkeypatch: pytest.MonkeyPatch) -> BeforeTheLock:
    """Return a function that schedules a call between a request's checks and its lock."""

    def prepare(happen: Callable[[], object]) -> None:
        def lock_later(user: Any) -> Any:
            happen()
            return lock(user)

        for module in ("admin.users.privileges", "services.authority", "services.session_rows"):
            monkeypatch.setattr(f"sessions_api.{module}.lock", lock_later)

    return prepare


@pytest.fixture
def ask_backends(settings: Any) -> Iterator[Callable[..., None]]:
    """A function that sets the authentication backends to classes, and settings of the app."""

    def ask(*backends: type, **changes: Any) -> None:
        settings.AUTHENTICATION_BACKENDS = [path_of(one) for one in backends]
        settings.SESSIONS_API = settings.SESSIONS_API | changes

    Directory.reset()
    yield ask
    Directory.reset()


@pytest.fixture
def hashes(settings: Any) -> list[str]:
    """What is hashed in the test: "made" or "verified" for each hash."""
    settings.PASSWORD_HASHERS = [COUNTING, *settings.PASSWORD_HASHERS[1:]]
    CountingHasher.work.clear()
    return CountingHasher.work


@pytest.fixture
def audit_log_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Include the audit log in plans."""
    monkeypatch.setattr(tables, "TABLES", (*TABLES, TABLE))


@pytest.fixture
def no_password_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if a password is checked."""
    monkeypatch.setattr(get_user_model(), "check_password", pytest.fail)


@pytest.fixture(scope="module")
def big_table(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Fill the tables for the tests of a module, and return the time of the newest session."""
    now = int(time.time())
    with django_db_blocker.unblock():
        with transaction.atomic():
            with connection.cursor() as cursor:
                drop_foreign_keys(cursor)
                cursor.execute(statements(now))
            yield now
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            # The planner's statistics are not rolled back, and the space is not released.
            cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


@pytest.fixture(scope="module")
def many_events(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Create events of a year. Event number n is the n-th newest."""
    fill = f"""
        INSERT INTO {TABLE}
            (at, kind, subject_id, actor_name, subject_name, user_agent, detail)
        SELECT
            to_timestamp({int(time.time())} - n * {PACE}),
            CASE WHEN n % 1000 = 1 THEN 'new_location' ELSE (
                ARRAY['login', 'login', 'login_failed', 'sessions_ended', 'banned']
            )[n % 5 + 1] END,
            CASE WHEN n % 40 = 0 THEN {ANN} ELSE n END,
            '', '', '',
            CASE n % 5 WHEN 3 THEN '{{"sessions": [1, 2]}}'::jsonb
                ELSE '{{"location": "Paris, France"}}'::jsonb END
        FROM generate_series({EVENTS} - 1, 0, -1) AS n
    """  # noqa: S608 - made of constants
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(fill)
        cursor.execute(f"VACUUM ANALYZE {TABLE}")
        yield
        cursor.execute(f"TRUNCATE {TABLE}")
