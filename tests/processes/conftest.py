"""Fixtures with a server and a connection to it."""

from collections.abc import Iterator

import pytest

from tests.processes.server import Connection, Server, serve


@pytest.fixture(scope="session")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on the test database."""
    with serve(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with server.connect() as connection:
        yield connection
