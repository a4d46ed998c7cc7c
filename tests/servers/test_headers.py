"""How headers and bodies arrive through every server and proxy in the manual, in requests of a
hostile client that sends them through the proxy."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sessions_api.models import AuditEvent
from tests.cast import PASSWORD
from tests.processes.server import LOOPBACK, Address, Server
from tests.servers.raw import Reply, call
from tests.servers.recipes import caddy, serving

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN = "/api/v5/login"
ANN = {"username": "ann", "password": PASSWORD}
#: A login that is refused without hashing, is not limited, and is audited.
NOBODY = {"username": "nobody", "password": "a guess"}
#: The address that the client pretends to have.
FORGED = b"203.0.113.66"
#: Headers that the test sends in place of the proxy.
HTTPS = b"X-Forwarded-Proto: https"
CALLER = "198.51.100.7"
#: The server that merges X_Forwarded_For with X-Forwarded-For, and drops headers beyond ASCII.
BLURRING = "granian"


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, server: Server) -> Address:
    """A proxy in front of a server, as configured in the manual."""
    return request.getfixturevalue(f"behind_{request.param}")


def recorded(reply: Reply) -> str | None:
    """Return the recorded address of the login attempt."""
    assert reply.status == 404, reply
    return AuditEvent.objects.get().address


def test_several_lines_of_the_header_are_joined(server: Server) -> None:
    lines = [b"X-Forwarded-For: " + FORGED, f"x-forwarded-for: {CALLER}".encode()]
    reply = call(server.address, LOGIN, HTTPS, *lines, body=NOBODY)
    assert recorded(reply) == CALLER


@pytest.mark.parametrize("value", [b"\xe9", b"\xe9, 192.0.2.1", b"Zo\xc3\xab", b"unknown", b""])
def test_a_header_without_a_valid_address(server: Server, value: bytes) -> None:
    reply = call(server.address, LOGIN, HTTPS, b"X-Forwarded-For: " + value, body=NOBODY)
    assert recorded(reply) is None


def test_no_header(server: Server) -> None:
    assert recorded(call(server.address, LOGIN, HTTPS, body=NOBODY)) is None


@pytest.mark.parametrize(
    "lines",
    [
        [b"X-Forwarded-For: " + FORGED],
        [b"X-Forwarded-For: " + FORGED, b"X-Forwarded-For: " + FORGED],
        [b"X-Forwarded-For: \xe9"],
        [b"X_Forwarded_For: " + FORGED],
        [b"X_FORWARDED_FOR: " + FORGED, b"X-Forwarded_For: " + FORGED],
        [b"HTTP_X_FORWARDED_FOR: " + FORGED, b"REMOTE_ADDR: " + FORGED],
        [b"Forwarded: for=" + FORGED, b"X-Real-IP: " + FORGED],
    ],
)
def test_clients_cannot_forge_an_address(proxy: Address, source: str, lines: list[bytes]) -> None:
    reply = call(proxy, LOGIN, *lines, body=NOBODY, source=source)
    assert recorded(reply) == source


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_session_names_in_any_language(name: str, proxy: Address, ann: Any, encoding: str) -> None:
    sent = ["X-Session-Name: Zoë's phone".encode(encoding), "User-Agent: Léa/1.0".encode(encoding)]
    assert call(proxy, LOGIN, *sent, body=ANN).status == 201
    session = ann.login_sessions.get()
    kept = ("Unknown device", "") if name == BLURRING else ("Zoë's phone", "Léa/1.0")
    assert (session.name, session.user_agent) == kept


def test_no_header_sets_the_path_or_the_scheme(server: Server) -> None:
    lines = [b"SCRIPT_NAME: /api", b"PATH_INFO: /", b"X-Forwarded-Protocol: ssl"]
    lines += [b"X-Forwarded-Ssl: on", HTTPS]
    reply = call(server.address, "/api/", *lines)
    assert (reply.status, reply.body["hello"]) == (200, "world")
    # Only Django's SECURE_PROXY_SSL_HEADER may trust the header with the scheme.
    assert reply.headers["x-scheme"] == "http"


def test_a_body_in_chunks(server: Server, behind_nginx: Address, behind_caddy: Address) -> None:
    body = json.dumps(NOBODY).encode()
    chunks = [body[:1], body[1:10], body[10:]]
    for address in (server.address, behind_nginx, behind_caddy):
        reply = call(address, LOGIN, HTTPS, b"X-Forwarded-For: 192.0.2.1", chunks=chunks)
        assert reply.status == 404, reply


class TestWithoutUnderscoresDropped:
    """Behind a proxy that passes ``X_Forwarded_For`` on, without ``PROXY_DROPS_UNDERSCORES``."""

    @pytest.fixture
    def careless(
        self, name: str, django_db_setup: None, tmp_path: Path
    ) -> Iterator[tuple[Server, Address]]:
        folders = [tmp_path / "server", tmp_path / "caddy"]
        for folder in folders:
            folder.mkdir()
        with (
            serving(name, folders[0]) as server,
            caddy(server, folders[1], drops_underscores=False) as address,
        ):
            yield server, address

    def test_nobody_forges_an_address(
        self, name: str, careless: tuple[Server, Address], source: str
    ) -> None:
        server, address = careless
        forged = b"X_Forwarded_For: " + FORGED
        reply = call(address, LOGIN, forged, body=NOBODY, source=source)
        blurred = name == BLURRING
        assert recorded(reply) == (None if blurred else source)
        assert ("PROXY_DROPS_UNDERSCORES" in server.log.read_text()) == blurred


class TestWithoutProxies:
    @pytest.fixture
    def alone(self, name: str, django_db_setup: None, tmp_path: Path) -> Iterator[Server]:
        # Production would redirect plain HTTP to HTTPS.
        with serving(name, tmp_path, TRUSTED_PROXIES="0", DEBUG="true") as server:
            yield server

    def test_the_header_is_ignored(self, alone: Server) -> None:
        lines = [b"X-Forwarded-For: " + FORGED, HTTPS]
        # From loopback, which servers trust by default.
        reply = call(alone.address, LOGIN, *lines, body=NOBODY)
        assert recorded(reply) == (None if isinstance(alone.address, str) else LOOPBACK)
        assert reply.headers["x-scheme"] == "http"
