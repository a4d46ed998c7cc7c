"""The use of the pool of database connections."""

import json

import pytest
from django.db import connection

from sessions_api.databases.pools import pool_use
from tests.cumulonimbus.processes import run
from tests.processes.server import environment

#: A process with the project's pool, which prints its use before, with and after a connection.
SCRIPT = """
import json, time, django
django.setup()
from django.db import connection
from sessions_api.databases.pools import pool_use
uses = [pool_use()]
connection.ensure_connection()
connection.pool.wait()
uses.append(pool_use())
connection.close()
time.sleep(0.1)
uses.append(pool_use())
print(json.dumps(uses))
"""


@pytest.mark.django_db(transaction=True)
def test_connections_of_a_pool() -> None:
    before, used, after = json.loads(run("-c", SCRIPT, **environment()))
    most = before[2]
    assert most > 1
    # Each use: size, idle, most, waiting.
    assert used[0] - used[1] == 1
    assert after[0] - after[1] == 0
    assert after[0] >= 1
    assert {use[3] for use in (before, used, after)} == {0}


@pytest.mark.django_db
def test_there_need_not_be_a_pool() -> None:
    assert getattr(connection, "pool", None) is None
    assert pool_use() is None
