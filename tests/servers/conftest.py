"""Fixtures with the servers of the manual, and with proxies in front of them."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Login
from tests.conditional import on_redis
from tests.processes.server import Address, Server
from tests.servers.recipes import SERVERS, caddy, nginx, serving
from tests.servers.withdrawal import Keys

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
def sources() -> Iterator[str]:
    """Unused local addresses, because each address has its own limits."""
    return ("127.{}.{}.{}".format(*number.to_bytes(3, "big")) for number in _numbers)


@pytest.fixture
def source(sources: Iterator[str]) -> str:
    return next(sources)


@pytest.fixture
def keys(me: Login, root: Any, tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys", me.token)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """The folders of two servers and of nginx."""
    made = [tmp_path / name for name in ("first", "second", "nginx")]
    for folder in made:
        folder.mkdir()
    return made
