"""Requests to the service's endpoints."""

import json
from collections.abc import Iterator
from itertools import count

from benchmarks.load import Connection, request

OWN = "/api/users/me/sessions"
#: The password of the accounts that log in.
PASSWORD = "correct horse battery staple"

_addresses = count(1)


class Unexpected(Exception):
    """A response with another status than expected."""


def call(method: str, path: str, token: str) -> bytes:
    """Return an authenticated request from a new address."""
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": fresh_address()}
    return request(path, headers, method=method)


def logins(names: list[str]) -> Iterator[bytes]:
    """Yield login requests endlessly, each from a new address, because addresses are limited."""
    while True:
        for name in names:
            body = json.dumps({"username": name, "password": PASSWORD}).encode()
            headers = {"X-Forwarded-For": fresh_address()}
            yield request("/api/login", headers, method="POST", body=body)


def fresh_address() -> str:
    """Return an address that has not been used in this run."""
    number = next(_addresses)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def expect(status: int, connection: Connection, data: bytes) -> None:
    """Send a request and wait for its response.

    :raises Unexpected: the response has another status.
    """
    found = connection.ask(data)
    if found != status:
        raise Unexpected(f"{found} instead of {status}: {data.partition(b' HTTP')[0].decode()}")
