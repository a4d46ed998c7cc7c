"""A replica from which the audit log is read, with the settings of the manual."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.manual import blocks, page
from tests.outages.caller import Service, serve
from tests.outages.postgresql import PostgreSQL, running
from tests.processes.server import wait_for

ME = "/api/v5/users/me/sessions/me"
LISTS = ("/api/v5/users/me/sessions", "/admin/sessions_api/usersession/")
AUDIT_LOG = "/admin/sessions_api/auditevent/"
LOGIN = {"username": "ann", "password": "a good password"}


class Pair(NamedTuple):
    replica: PostgreSQL
    service: Service


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        primary = stack.enter_context(running())
        replica = stack.enter_context(running(primary))
        folder = tmp_path_factory.mktemp("replica")
        service = stack.enter_context(
            serve(
                folder,
                primary.port,
                PYTHONPATH=f"{_settings(folder, replica)}:{':'.join(sys.path)}",
                DJANGO_SETTINGS_MODULE="with_replica",
            )
        )
        yield Pair(replica, service)


def _settings(folder: Path, replica: PostgreSQL) -> Path:
    [text] = [block for block in blocks("python", page("operators/scaling")) if "replica" in block]
    host = '"HOST": "replica.example.com"'
    assert host in text
    text = text.replace(host, f'"PORT": "{replica.port}"')
    (folder / "with_replica.py").write_text(text)
    return folder


def works(service: Service, *paths: str) -> bool:
    return all(service.statuses(path) == {200: 1} for path in paths)


def log_in(service: Service) -> int:
    [answer] = service.call("/api/v5/login", body=LOGIN)
    return answer.status


def test_only_the_audit_log_is_read_from_it(pair: Pair) -> None:
    assert works(pair.service, ME, *LISTS)
    assert log_in(pair.service) == 201
    assert pair.replica.connections() == 0
    # Until it has the tables.
    wait_for(lambda: works(pair.service, AUDIT_LOG))
    assert pair.replica.connections() > 0


def test_a_replica_that_is_behind_or_gone_delays_nothing_else(pair: Pair) -> None:
    wait_for(lambda: works(pair.service, AUDIT_LOG))
    pair.replica.execute("SELECT pg_wal_replay_pause()")
    assert log_in(pair.service) == 201
    assert works(pair.service, ME, *LISTS, AUDIT_LOG)
    pair.replica.stop()
    assert log_in(pair.service) == 201
    assert works(pair.service, ME, *LISTS)
    assert pair.service.statuses(AUDIT_LOG) == {503: 1}
    assert pair.service.statuses("/admin/") == {503: 1}
    assert "Traceback" not in pair.service.log.read_text()
