"""What a scrape reads from the database, and what it shows without one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.registry import ACCOUNT_LOGIN, registry
from killswitches.testing import switched_on
from sessions_api import __version__
from sessions_api.health.readiness import monitor
from sessions_api.metrics.exposition import begin
from sessions_api.models import BulkSignOut, UserSession
from sessions_api.notices.models import Notice
from tests.api import Login
from tests.conditional import on_postgresql
from tests.sessions_api.metrics.scraping import Samples, samples, value
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("metrics")]

HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def fail(*args: Any) -> Any:
    raise OperationalError("the server closed the connection")


def fresh() -> Samples:
    """Return all samples, with nothing kept from before."""
    monitor.forget()
    begin().forget()
    return samples()


def undone(work: str) -> float:
    return value(fresh(), "oldest_undone_work_seconds", work=work)


def test_active_sessions(me: Login, other: Login, bobs: Login, now: datetime) -> None:
    assert value(fresh(), "active_sessions") == 3
    UserSession.objects.filter(pk=me.session.pk).update(expires_at=now - HOUR)
    assert value(fresh(), "active_sessions") == 2


def test_states_of_switches() -> None:
    with switched_on(ACCOUNT_LOGIN):
        found = fresh()
    for switch in registry:
        is_on = value(found, "kill_switch_on", switch=switch.name)
        assert is_on == (switch == ACCOUNT_LOGIN), switch
    assert len([name for name, _ in found if name == "cumulonimbus_kill_switch_on"]) == len(
        list(registry)
    )


def test_the_oldest_expired_session(me: Login, other: Login, now: datetime) -> None:
    assert undone("pruning") == 0
    UserSession.objects.filter(pk=me.session.pk).update(expires_at=now - HOUR)
    UserSession.objects.filter(pk=other.session.pk).update(expires_at=now - 2 * HOUR)
    assert undone("pruning") == pytest.approx(7200, abs=120)


def test_the_oldest_bulk_sign_out(root: Any, now: datetime) -> None:
    assert undone("bulk_sign_outs") == 0
    for hours, finished in ((3, now), (2, None), (1, None)):
        BulkSignOut.objects.create(
            actor=root,
            confirmed_at=now - hours * HOUR,
            finished_at=finished,
            newest_pk=1,
            next_pk=1,
        )
    assert undone("bulk_sign_outs") == pytest.approx(7200, abs=120)


def test_the_oldest_notice(ann: Any, now: datetime) -> None:
    assert undone("notices") == 0
    for hours, due in ((3, None), (2, now + HOUR), (1, now)):
        Notice.objects.create(
            user=ann,
            kind="new_login",
            address="ann@example.com",
            created_at=now - hours * HOUR,
            due_at=due,
            give_up_at=now + HOUR,
        )
    assert undone("notices") == pytest.approx(7200, abs=120)


def test_the_version_and_the_processes() -> None:
    assert value(fresh(), "build_info", version=__version__) == 1
    assert value(fresh(), "processes") == 1


def test_queries_of_a_scrape() -> None:
    fresh()
    monitor.forget()
    begin().forget()
    with CaptureQueriesContext(connection) as captured:
        samples()
    reads = [sql for sql in statements(captured) if not sql.startswith("SET LOCAL")]
    # The health of the database, sessions, switches, and five kinds of work.
    assert len(reads) == 8
    limits = [sql for sql in statements(captured) if sql.startswith("SET LOCAL statement_timeout")]
    assert len(limits) == (3 if on_postgresql() else 0)
    if not on_postgresql():
        # On SQLite, a transaction would wait for whoever writes.
        assert len(captured) == len(reads)


def test_numbers_are_kept_for_a_few_seconds(me: Login) -> None:
    assert value(fresh(), "active_sessions") == 1
    UserSession.objects.all().delete()
    with CaptureQueriesContext(connection) as captured:
        assert value(samples(), "active_sessions") == 1
    assert statements(captured) == []


def test_a_scrape_without_the_database_shows_the_rest(me: Login) -> None:
    me.api("GET", "/users/me/sessions/me")
    monitor.forget()
    begin().forget()
    with connection.execute_wrapper(fail):
        found = samples()
    assert value(found, "part_up", part="database") == 0
    assert value(found, "part_up", part="cache") == 1
    for reading in ("active_sessions", "kill_switches", "undone_work"):
        assert value(found, "reading_up", reading=reading) == 0
    names = {name for name, _ in found}
    assert "cumulonimbus_requests_total" in names
    assert "cumulonimbus_active_sessions" not in names
    assert value(fresh(), "part_up", part="database") == 1


def test_one_reading_that_fails_does_not_take_the_others_along() -> None:
    def fail_for_switches(execute: Any, sql: str, *args: Any) -> Any:
        if "killswitches_killswitch" in sql and "auth" not in sql:
            raise OperationalError("canceling statement due to statement timeout")
        return execute(sql, *args)

    fresh()
    begin().forget()
    with connection.execute_wrapper(fail_for_switches):
        found = samples()
    assert value(found, "reading_up", reading="kill_switches") == 0
    assert value(found, "reading_up", reading="active_sessions") == 1
    assert value(found, "reading_up", reading="undone_work") == 1
    assert "cumulonimbus_kill_switch_on" not in {name for name, _ in found}
