"""Statements of a scrape are cancelled if they take too long, and find their rows by indexes."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from sessions_api.databases.timeouts import time_limited
from sessions_api.services.undone_work import kinds_of_work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_statement_that_takes_too_long_is_cancelled() -> None:
    started = time.monotonic()
    with pytest.raises(OperationalError, match="statement timeout"), time_limited(["default"], 0.2):
        connection.cursor().execute("SELECT pg_sleep(20)")
    assert time.monotonic() - started < 10


def test_the_limit_ends_with_the_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        with time_limited(["default"], 0.2):
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("200ms",)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before


def test_every_kind_of_work_is_read_in_one_query(django_assert_num_queries: object) -> None:
    assert set(kinds_of_work()) == {
        *("bulk_sign_outs", "incident_mails", "incident_sign_outs", "notices", "pruning")
    }
    for source in kinds_of_work().values():
        with django_assert_num_queries(1):  # type: ignore[operator]
            since = source()
        assert since is None or timezone.now() - since > timedelta(0)
