"""A standby takes over from the primary, and the URL of the database names both."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.outages.caller import Service, serve
from tests.outages.postgresql import PostgreSQL, running
from tests.processes.server import wait_for

ME = "/api/v5/users/me/sessions/me"
LOGIN = {"username": "ann", "password": "a good password"}
THREADS = 12
WRITABLE = "?target_session_attrs=read-write"


class Pair(NamedTuple):
    primary: PostgreSQL
    standby: PostgreSQL
    service: Service


@pytest.fixture(params=[""])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """A service that uses the pair. The parameter is a further option of its URL."""
    with ExitStack() as stack:
        primary = stack.enter_context(running())
        standby = stack.enter_context(running(primary))
        primary.replicate(synchronously=True)
        # The standby comes first, and must not be used as long as it is one.
        ports = (standby.port, primary.port)
        service = stack.enter_context(serve(tmp_path, *ports, query=WRITABLE + request.param))
        yield Pair(primary, standby, service)


def log_in(service: Service) -> int:
    [answer] = service.call("/api/v5/login", body=LOGIN)
    return answer.status


def connect_all(pair: Pair) -> None:
    """Have the service connect many times to the primary."""
    assert pair.service.statuses(ME, times=3, threads=THREADS) == {200: 3 * THREADS}
    assert pair.primary.connections() > 0
    assert pair.standby.connections() == 0


@pytest.mark.parametrize(
    "pair", ["", "&conn_max_age=600"], ids=["pool", "persistent"], indirect=True
)
def test_a_killed_primary_is_replaced(pair: Pair) -> None:
    connect_all(pair)
    pair.primary.kill()
    assert set(pair.service.statuses(ME, threads=THREADS)) == {503}
    pair.standby.promote()
    wait_for(lambda: pair.service.statuses(ME) == {200: 1})
    assert log_in(pair.service) == 201
    assert "Traceback" not in pair.service.log.read_text()


def test_the_pool_keeps_no_connection_to_a_demoted_primary(pair: Pair) -> None:
    """A server that becomes read-only without a restart keeps its connections."""
    connect_all(pair)
    pair.primary.replicate(synchronously=False)
    pair.standby.promote()
    with pair.primary.configured("default_transaction_read_only", "on"):
        assert log_in(pair.service) == 503
        wait_for(lambda: log_in(pair.service) == 201)
        wait_for(lambda: pair.primary.connections() == 0)
        assert pair.standby.connections() > 0
