"""The pool of database connections, as metrics show it."""

import pytest
from django.db import connections

from sessions_api.databases.pools import pool_use

POOLED = "pooled"


@pytest.mark.django_db(transaction=True)
def test_connections_of_the_pool() -> None:
    assert pool_use() is None
    of_tests = connections["default"].settings_dict
    pool = {"min_size": 1, "max_size": 3, "timeout": 5}
    options = {**of_tests["OPTIONS"], "pool": pool}
    connections.databases[POOLED] = {**of_tests, "CONN_MAX_AGE": 0, "OPTIONS": options}
    try:
        unused = pool_use()
        assert unused is not None
        assert (unused.size - unused.idle, unused.most, unused.waiting) == (0, 3, 0)
        with connections[POOLED].cursor() as cursor:
            cursor.execute("SELECT 1")
            used = pool_use()
            assert used is not None
            assert used.size - used.idle == 1
        connections[POOLED].close()
        released = pool_use()
        assert released is not None
        assert released.size - released.idle == 0
    finally:
        connections[POOLED].close_pool()
        del connections[POOLED], connections.databases[POOLED]
