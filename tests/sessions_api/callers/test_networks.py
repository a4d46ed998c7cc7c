"""Filtering addresses by network in each database."""

import ipaddress
import uuid
from typing import Any

import pytest
from django.db.utils import ConnectionHandler
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from sessions_api.callers.networks import read_narrow_network, read_network
from sessions_api.models import UserSession

ADDRESSES = [
    "0.0.0.0",  # noqa: S104 - it is not used to bind a socket
    "9.255.255.255",
    "10.0.0.0",
    "10.1.0.0",
    "10.1.9.10",
    "10.1.255.255",
    "10.2.0.0",
    "10.10.0.1",
    "100.1.2.3",
    "255.255.255.255",
    "::",
    "::1",
    "2001:db8::",
    "2001:db8:0:1::",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db9::",
    "ffff::",
    None,
]


@pytest.fixture
def sessions(ann: Any) -> None:
    """Create a session from each address, and one without an address."""
    UserSession.objects.bulk_create(
        UserSession(user=ann, sid=sid, jti=uuid.uuid4(), address=address, expires_at=timezone.now())
        for sid, address in enumerate(ADDRESSES)
    )


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.1.0.0/16",
        "10.1.9.0/24",
        "10.1.0.0/12",
        "10.1.9.10",
        "10.1.9.11",
        "100.0.0.0/6",
        "255.255.255.255/32",
        "::/0",
        "::/128",
        "::1",
        "2001:db8::/32",
        "2001:db8::/31",
        "2001:db8:0:1::/64",
        "ffff::/16",
    ],
)
def test_the_database_finds_the_same_addresses_as_python(sessions: None, text: str) -> None:
    network = ipaddress.ip_network(text, strict=False)
    inside = {one for one in ADDRESSES if one and ipaddress.ip_address(one) in network}
    found = UserSession.objects.filter(address__in_network=read_network(text))
    assert set(found.values_list("address", flat=True)) == inside
    others = UserSession.objects.exclude(address__in_network=read_network(text))
    assert found.count() + others.count() == len(ADDRESSES)


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "is_inside"), [("10.1.2.3", 1), ("nonsense", 0), ("", 0)])
def test_sqlite_accepts_texts_that_are_not_addresses(text: str, is_inside: int) -> None:
    """Only SQL can store these, and a search must not fail because of them."""
    in_memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    with ConnectionHandler({"default": in_memory})["default"].cursor() as cursor:
        cursor.execute("SELECT sessions_api_in_network(%s, '10.0.0.0/8')", [text])
        assert cursor.fetchone() == (is_inside,)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.1.2.3", "10.1.2.3/32"),
        ("10.1.2.3/16", "10.1.0.0/16"),
        ("10.1.0.0/255.255.0.0", "10.1.0.0/16"),
        ("::ffff:10.1.2.3", "10.1.2.3/32"),
        ("::ffff:10.1.2.3/112", "10.1.0.0/16"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
        ("2001:DB8::1", "2001:db8::1/128"),
    ],
)
def test_notations_of_networks(text: str, network: str) -> None:
    assert str(read_network(text)) == network


@pytest.mark.parametrize(
    "text", ["", " ", "10", "10.1", "10.1.0.0/33", "10.1.0.0/x", "fe80::1%eth0", "a", "\x00", "٣"]
)
def test_texts_that_are_not_networks(text: str) -> None:
    assert read_network(text) is None


@pytest.mark.parametrize(
    "text", ["0.0.0.0/0", "10.1.2.3/0", "10.1.2.3/0.0.0.0", "::/0", "::ffff:10.1.2.3/96"]
)
def test_a_network_of_all_addresses_selects_no_sessions(text: str) -> None:
    assert read_network(text) is not None
    assert read_narrow_network(text) is None
    assert read_narrow_network("10.1.2.3/1") == read_network("10.1.2.3/1")


@given(st.text(alphabet="0123456789abcdef.:/% ", max_size=50))
def test_no_text_raises_an_error(text: str) -> None:
    network = read_network(text)
    assert network is None or "%" not in str(network)
