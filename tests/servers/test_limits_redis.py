"""The login limit applies to the address from the proxy, whatever headers the client sends."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes.server import Address
from tests.rate_windows import NOBODY, with_a_long_window
from tests.servers.raw import call

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ratelimited]


def test_no_header_allows_another_attempt(
    behind_caddy: Address, ann: Any, sources: Iterator[str]
) -> None:
    def reset_of(source: str) -> str:
        reply = call(behind_caddy, "/api/v5/login", body=NOBODY, source=source)
        return reply.headers["ratelimit-reset"]

    source = with_a_long_window(sources, reset_of)
    statuses = []
    for number in range(6):
        forged = f"203.0.113.{number}".encode()
        names = (b"X_Forwarded_For", b"X-Forwarded_For", b"X-Forwarded-For", b"Forwarded")
        reply = call(
            behind_caddy,
            "/api/v5/login",
            *(name + b": " + forged for name in names),
            body={"username": "ann", "password": "a guess"},
            source=source,
        )
        statuses.append(reply.status)
        # Three calls per second are allowed.
        time.sleep(0.35)
    assert statuses == [401] * 4 + [429] * 2
