"""What makes a process ready, and which of its parts are named."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from sessions_api.health.readiness import Monitor

UNREACHABLE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:9/0",
    }
}


def fail(*args: Any) -> Any:
    raise OperationalError("the server closed the connection")


@pytest.fixture
def checks() -> Callable[[], Any]:
    """Check all parts once, with nothing remembered."""
    return lambda: Monitor().readiness()


@pytest.mark.django_db
def test_a_process_is_ready_if_all_parts_work(checks: Callable[[], Any]) -> None:
    assert checks() == (True, [])


@pytest.mark.django_db
def test_a_process_is_not_ready_without_its_database(checks: Callable[[], Any]) -> None:
    with connection.execute_wrapper(fail):
        assert checks() == (False, ["database"])


@pytest.mark.django_db
def test_a_process_is_not_ready_while_a_migration_is_missing(checks: Callable[[], Any]) -> None:
    MigrationRecorder(connection).record_unapplied("killswitches", "0005_second_person")
    assert checks() == (False, ["migrations"])


@pytest.mark.django_db
def test_a_process_is_not_ready_without_a_signing_key(checks: Callable[[], Any]) -> None:
    unreadable = settings.SESSIONS_API | {"SIGNING_KEYS": ("/no/such/key.pem",)}
    with override_settings(SESSIONS_API=unreadable):
        assert checks() == (False, ["signing_key"])


@pytest.mark.django_db
def test_a_process_is_ready_without_the_cache_but_names_it(checks: Callable[[], Any]) -> None:
    """Each process counts in its memory meanwhile."""
    with override_settings(CACHES=UNREACHABLE):
        assert checks() == (True, ["cache"])


@pytest.mark.django_db
def test_a_result_is_kept_until_it_is_old(django_assert_num_queries: Any) -> None:
    monitor = Monitor()
    monitor.readiness()
    with django_assert_num_queries(0):
        assert monitor.readiness().ready
    monitor.forget()
    # Applied migrations are not compared again.
    with django_assert_num_queries(1):
        assert monitor.readiness().ready


@pytest.mark.django_db
def test_only_changes_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    monitor = Monitor()
    for _ in range(2):
        with connection.execute_wrapper(fail):
            monitor.readiness()
        monitor.forget()
    monitor.readiness()
    assert caplog.messages == [
        "Parts of the service fail: database",
        "All parts of the service work again.",
    ]
