"""The address and the user agent of a client."""

import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

import sessions_api
from sessions_api.callers import servers
from sessions_api.callers.clients import Client, network_of

PEER = "203.0.113.9"


def client(proxies: int = 0, *, drops_underscores: bool = False, **meta: str) -> Client:
    request = RequestFactory().get("/")
    request.META |= {"REMOTE_ADDR": PEER} | meta
    changes = {"TRUSTED_PROXIES": proxies, "PROXY_DROPS_UNDERSCORES": drops_underscores}
    with override_settings(SESSIONS_API=settings.SESSIONS_API | changes):
        return Client.of(request)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "192.0.2.1", PEER),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "192.0.2.66, 192.0.2.1", "192.0.2.1"),
        (2, "192.0.2.66,192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (3, "unknown, 192.0.2.1,,10.0.0.1", "192.0.2.1"),
        (1, "192.0.2.1:5678", "192.0.2.1"),
        (1, "[2001:db8::1]:80", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:DB8:0:0::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "[fe80::1%eth0]:443", "fe80::1"),
        (1, "::ffff:192.0.2.1", "192.0.2.1"),
        (1, "[::ffff:192.0.2.1]:443", "192.0.2.1"),
        (1, "\t192.0.2.1 ", "192.0.2.1"),
    ],
)
def test_address_behind_proxies(proxies: int, forwarded: str, address: str) -> None:
    assert client(proxies, HTTP_X_FORWARDED_FOR=forwarded).address == address


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [
        # Fewer entries than proxies.
        (1, ""),
        (2, "192.0.2.1"),
        (5, "192.0.2.1, 192.0.2.2"),
        (10**9, "192.0.2.1"),
        # The entry is not an address.
        (1, "unknown"),
        (1, "unix:"),
        (1, "_hidden"),
        (1, "192.0.2.1,"),
        (2, "192.0.2.1,,10.0.0.1"),
        (1, "999.0.0.1"),
        (1, "192.0.2.1/32"),
        (1, "192.0.2.1 192.0.2.2"),
        (1, "192.0.2.1:"),
        (1, "192.0.2.1:port"),
        (1, "192.0.2.1%eth0"),
        (1, "[2001:db8::1"),
        (1, "2001:db8::1]"),
        (1, "[2001:db8::1]x"),
        (1, "[]"),
        (1, "2001:db8::1%" + "z" * 100),
        (1, "\x00"),
        (1, "\x00192.0.2.1"),
        # Not valid text. Such a byte must not let a client appear as another one.
        (1, "\xe9"),
        (1, "\xe9, 192.0.2.1"),
        (1, "192.0.2.66, 192.0.2.1\xa0"),
        (1, "\u0661\u0669\u0662.0.2.1"),
    ],
)
def test_unknown_behind_proxies(proxies: int, forwarded: str) -> None:
    assert client(proxies, HTTP_X_FORWARDED_FOR=forwarded).address is None


def test_unknown_without_the_header() -> None:
    assert client(1).address is None


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8::A", "2001:db8::a"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("@", None),
    ],
)
def test_address_of_the_peer(peer: str, address: str | None) -> None:
    assert client(REMOTE_ADDR=peer).address == address
    forwarded = "192.0.2.66"
    assert client(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded).address == address


@given(st.text(max_size=40), st.integers(0, 3))
def test_any_forwarded_text(forwarded: str, proxies: int) -> None:
    address = client(proxies, HTTP_X_FORWARDED_FOR=forwarded).address
    assert (address == PEER) == (proxies == 0)
    assert network_of(address)


@given(st.text("0123456789.:,[]%f \xe9", max_size=40), st.integers(1, 3))
def test_entries_further_left_do_not_change_the_address(theirs: str, proxies: int) -> None:
    ours = [f"192.0.2.{number}" for number in range(1, proxies + 1)]
    forwarded = ", ".join([theirs, *ours])
    assert client(proxies, HTTP_X_FORWARDED_FOR=forwarded).address in {ours[0], None}


class TestAmbiguousServer:
    """Under granian's WSGI interface, ``X-Forwarded-For`` may come from ``X_Forwarded_For``."""

    META = {"SERVER_SOFTWARE": "Granian", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}

    @pytest.fixture(autouse=True)
    def _in_a_new_process(self) -> None:
        servers._log_ambiguity.cache_clear()

    def test_the_address_is_unknown_and_an_error_is_logged_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert [client(1, **self.META).address for _ in range(3)] == [None] * 3
        [record] = caplog.records
        assert record.levelno == logging.ERROR
        assert "PROXY_DROPS_UNDERSCORES" in record.getMessage()

    def test_the_header_is_trusted_if_the_proxy_drops_underscores(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert client(1, drops_underscores=True, **self.META).address == "192.0.2.1"
        assert caplog.records == []

    def test_nothing_is_logged_without_proxies(self, caplog: pytest.LogCaptureFixture) -> None:
        assert client(**self.META).address == PEER
        assert caplog.records == []

    def test_other_servers(self) -> None:
        meta = self.META | {"SERVER_SOFTWARE": "gunicorn/27.0.1"}
        assert client(1, **meta).address == "192.0.2.1"


def test_no_other_code_reads_these_headers() -> None:
    packages = Path(sessions_api.__file__).parent.parent
    readers = {
        path.relative_to(packages).as_posix()
        for package in ("cumulonimbus", "killswitches", "sessions_api")
        for path in (packages / package).rglob("*.py")
        if re.search("REMOTE_ADDR|REMOTE_HOST|_FORWARDED_FOR|X_REAL_IP", path.read_text())
    }
    assert readers == {"sessions_api/callers/clients.py"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("curl/8.5.0", "curl/8.5.0"),
        ("  curl/8.5.0\t", "curl/8.5.0"),
        ("cu\x00r\x1bl\x7f/\ud8008\x85", "curl/8"),
        ("x" * 513, "x" * 512),
        ("x" * 511 + " y", "x" * 511),
        ("\x00", ""),
        ("Zoë/1".encode().decode("latin-1"), "Zoë/1"),
        ("Zoë/1", "Zoë/1"),
        ("Ā".encode().decode("latin-1"), "Ā"),
    ],
)
def test_user_agent(sent: str, kept: str) -> None:
    assert client(HTTP_USER_AGENT=sent).user_agent == kept


def test_no_user_agent() -> None:
    assert client().user_agent == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (None, "unknown"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ],
)
def test_network(address: str | None, network: str) -> None:
    assert network_of(address) == network
