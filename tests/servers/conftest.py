"""Fixtures with the servers of the manual, and with proxies in front of them."""

import itertools
from collections.abc import Iterator

import pytest

from tests.conditional import on_redis
from tests.processes.server import Address, Server
from tests.servers.recipes import SERVERS, caddy, nginx, serving

_numbers = itertools.count(2)


@pytest.fixture(scope="module", params=SERVERS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def server(
    name: str, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server behind one proxy, which drops headers with underscores in their names."""
    folder = tmp_path_factory.mktemp("server")
    # Without Redis each worker would count separately.
    limits = {"RATELIMIT_ENABLE": str(on_redis())}
    with serving(name, folder, PROXY_DROPS_UNDERSCORES="true", **limits) as server:
        yield server


@pytest.fixture(scope="module")
def behind_nginx(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with nginx(server, tmp_path_factory.mktemp("nginx")) as address:
        yield address


@pytest.fixture(scope="module")
def behind_caddy(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with caddy(server, tmp_path_factory.mktemp("caddy")) as address:
        yield address


@pytest.fixture
def source() -> str:
    """Return an unused local address, because each address has its own limits."""
    return "127.{}.{}.{}".format(*next(_numbers).to_bytes(3, "big"))
