"""Who is calling."""

import pytest
from django.conf import settings
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from sessions_api.clients import Client, network_of

PEER = "203.0.113.9"


def client(proxies: int = 0, **meta: str) -> Client:
    request = RequestFactory().get("/")
    request.META |= {"REMOTE_ADDR": PEER} | meta
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"TRUSTED_PROXIES": proxies}):
        return Client.of(request)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "192.0.2.1", PEER),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "192.0.2.66, 192.0.2.1", "192.0.2.1"),
        (2, "192.0.2.66,192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (2, "192.0.2.1", "192.0.2.1"),
        (5, "192.0.2.1, 192.0.2.2", "192.0.2.1"),
        (1, "192.0.2.1:5678", "192.0.2.1"),
        (1, "[2001:db8::1]:80", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:DB8:0:0::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "[fe80::1%eth0]:443", "fe80::1"),
        (1, "::ffff:192.0.2.1", "192.0.2.1"),
        (1, "unknown", PEER),
        (1, "", PEER),
        (1, "192.0.2.1,", PEER),
        (1, "999.0.0.1", PEER),
        (1, "192.0.2.1 192.0.2.2", PEER),
        (1, "\x00", PEER),
    ],
)
def test_address_behind_proxies(proxies: int, forwarded: str, address: str) -> None:
    assert client(proxies, HTTP_X_FORWARDED_FOR=forwarded).address == address


@pytest.mark.parametrize("proxies", [0, 1, 3])
@pytest.mark.parametrize(
    ("peer", "address"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8::A", "2001:db8::a"), ("", None), ("@", None)],
)
def test_address_of_the_peer(proxies: int, peer: str, address: str | None) -> None:
    assert client(proxies, REMOTE_ADDR=peer).address == address


@given(st.text(max_size=40), st.integers(0, 3))
def test_any_forwarded_text_gives_an_address(forwarded: str, proxies: int) -> None:
    address = client(proxies, HTTP_X_FORWARDED_FOR=forwarded).address
    assert address is not None
    assert network_of(address)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("curl/8.5.0", "curl/8.5.0"),
        ("  curl/8.5.0\t", "curl/8.5.0"),
        ("cu\x00r\x1bl\x7f/\ud8008\x85", "curl/8"),
        ("x" * 513, "x" * 512),
        ("x" * 511 + " y", "x" * 511),
        ("\x00", ""),
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
