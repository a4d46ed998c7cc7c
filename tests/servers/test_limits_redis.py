"""The limit of logins, by the address that a proxy tells, whatever else the caller writes."""

import time
from typing import Any

import pytest

from tests.processes.server import Address
from tests.servers.raw import call

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ratelimited]


def test_no_header_gains_another_guess(behind_caddy: Address, ann: Any, source: str) -> None:
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
        # An endpoint takes three calls a second.
        time.sleep(0.35)
    assert statuses == [401] * 4 + [429] * 2
