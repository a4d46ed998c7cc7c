"""Requests to the service."""

import json
from collections.abc import Iterator
from itertools import count

from benchmarks.load import Connection, request

OWN = "/api/users/me/sessions"
#: Of the accounts that are made for logging in.
PASSWORD = "correct horse battery staple"

_addresses = count(1)


class Unexpected(Exception):
    """An answer of another status than the scenario rests on."""


def call(method: str, path: str, token: str) -> bytes:
    """A request of somebody who is logged in, from an address of its own."""
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": fresh_address()}
    return request(path, headers, method=method)


def logins(names: list[str]) -> Iterator[bytes]:
    """Logins without end, each from another address, for addresses are limited."""
    while True:
        for name in names:
            body = json.dumps({"username": name, "password": PASSWORD}).encode()
            headers = {"X-Forwarded-For": fresh_address()}
            yield request("/api/login", headers, method="POST", body=body)


def fresh_address() -> str:
    """One from which nothing has come before in this run."""
    number = next(_addresses)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def expect(status: int, connection: Connection, data: bytes) -> None:
    """Ask, and wait for the answer.

    :raises Unexpected: it has another status.
    """
    found = connection.ask(data)
    if found != status:
        raise Unexpected(f"{found} instead of {status}: {data.partition(b' HTTP')[0].decode()}")
