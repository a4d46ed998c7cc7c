"""PostgreSQL's plans for the history of an account in a long audit log."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.services import security_history as history
from tests.big_table import Plan, plans_of
from tests.big_trail import ANN

SIZE = 50

pytestmark = [
    pytest.mark.usefixtures("many_events", "audit_log_explained"),
    pytest.mark.django_db,
]


def check(plan: Plan, rows: int) -> None:
    """Assert that an index finds the rows, and one on either side."""
    assert plan.scanned == []
    assert plan.rows <= rows + 2


@pytest.mark.parametrize("key", [ANN, 12_345, 10**15])
def test_each_page_reads_only_its_own_rows(key: int) -> None:
    owner = get_user_model()(pk=key)
    cursor = None
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            page = history.page_of(owner, SIZE, cursor=cursor)
        [plan] = plans_of(captured)
        check(plan, SIZE)
        cursor = page.older


def test_a_page_far_back_reads_only_its_own_rows() -> None:
    owner = get_user_model()(pk=ANN)
    oldest = history.page_of(owner, SIZE, upwards=True)
    for upwards in (False, True):
        with CaptureQueriesContext(connection) as captured:
            history.page_of(owner, SIZE, cursor=oldest.newer, upwards=upwards)
        [plan] = plans_of(captured)
        check(plan, SIZE)


def test_each_chunk_of_a_download_reads_only_its_own_rows() -> None:
    chunks = history.chunks_of(get_user_model()(pk=ANN))
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert len(next(chunks)) == history.CHUNK
        [plan] = plans_of(captured)
        check(plan, history.CHUNK)
