"""Tokens that an operator sets, with which other programs read something without an account."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

#: Hexadecimal digits of 128 random bits.
SHORTEST = 32
#: The command that makes one.
NEW = "openssl rand -hex 32"


def bearer_of(request: HttpRequest) -> str:
    """Return the bearer token of a request (RFC 6750); "" if it has none."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_one_of(given: str, tokens: Iterable[str]) -> bool:
    """Return whether a token is one of those that were set. An empty one never is."""
    return bool(given) and any(constant_time_compare(given, token) for token in tokens)


def is_usable(token: str) -> bool:
    """Return whether a token is too long to be guessed, and fits into a header."""
    return len(token) >= SHORTEST and token.isascii() and token.isprintable()
