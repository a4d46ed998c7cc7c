"""What arrives of a request's headers and body, through every server and proxy that the manual
names: a hostile caller speaks to a proxy, or past it in its own words."""

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
#: Refused without a hash, counted against no limit, and audited.
NOBODY = {"username": "nobody", "password": "a guess"}
#: Whoever sends this wants to be somebody else.
FORGED = b"203.0.113.66"
#: What the test says in the proxy's place.
HTTPS = b"X-Forwarded-Proto: https"
CALLER = "198.51.100.7"
#: The one that takes X_Forwarded_For for X-Forwarded-For, and drops what is not ASCII.
BLURRING = "granian"


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, server: Server) -> Address:
    """A proxy in front of a server, as the manual has it."""
    return request.getfixturevalue(f"behind_{request.param}")


def recorded(reply: Reply) -> str | None:
    """The address of whoever has just tried to log in as nobody."""
    assert reply.status == 404, reply
    return AuditEvent.objects.get().address


def test_lines_of_the_header_are_taken_together(server: Server) -> None:
    lines = [b"X-Forwarded-For: " + FORGED, f"x-forwarded-for: {CALLER}".encode()]
    reply = call(server.address, LOGIN, HTTPS, *lines, body=NOBODY)
    assert recorded(reply) == CALLER


@pytest.mark.parametrize("value", [b"\xe9", b"\xe9, 192.0.2.1", b"Zo\xc3\xab", b"unknown", b""])
def test_a_header_that_names_nobody(server: Server, value: bytes) -> None:
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
def test_nobody_forges_an_address(proxy: Address, source: str, lines: list[bytes]) -> None:
    reply = call(proxy, LOGIN, *lines, body=NOBODY, source=source)
    assert recorded(reply) == source


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_in_any_language(name: str, proxy: Address, ann: Any, encoding: str) -> None:
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
    # What the header says of the scheme is for Django's SECURE_PROXY_SSL_HEADER to believe.
    assert reply.headers["x-scheme"] == "http"


def test_a_body_in_chunks(server: Server, behind_nginx: Address, behind_caddy: Address) -> None:
    body = json.dumps(NOBODY).encode()
    chunks = [body[:1], body[1:10], body[10:]]
    for address in (server.address, behind_nginx, behind_caddy):
        reply = call(address, LOGIN, HTTPS, b"X-Forwarded-For: 192.0.2.1", chunks=chunks)
        assert reply.status == 404, reply


class TestWithoutUnderscoresDropped:
    """Behind a proxy that passes ``X_Forwarded_For`` on, and that does not claim to drop it."""

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
        # In production plain HTTP would be redirected to HTTPS.
        with serving(name, tmp_path, TRUSTED_PROXIES="0", DEBUG="true") as server:
            yield server

    def test_the_header_means_nothing(self, alone: Server) -> None:
        lines = [b"X-Forwarded-For: " + FORGED, HTTPS]
        # From loopback, where servers believe more than elsewhere.
        reply = call(alone.address, LOGIN, *lines, body=NOBODY)
        assert recorded(reply) == (None if isinstance(alone.address, str) else LOOPBACK)
        assert reply.headers["x-scheme"] == "http"
