"""The client of a request: its address behind trusted proxies, and its user agent."""

import contextlib
import functools
import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from sessions_api.callers.servers import tells_headers_apart
from sessions_api.conf import api_settings

USER_AGENT_LENGTH = 512

#: Maximum length of an entry of ``X-Forwarded-For``, in characters. It leaves room for an address
#: in brackets with zone and port.
LONGEST_ENTRY = 100

#: The key in ``request.META`` that caches the client. No header can have this name.
_KNOWN = "sessions_api.client"

_PORT = re.compile(r":[0-9]{1,5}")

# PostgreSQL rejects NUL and surrogates; the others can manipulate a terminal that shows a log.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

#: The key of ``request.META`` with the address at the other end of the connection.
PEER_ADDRESS = "REMOTE_ADDR"


@dataclass(frozen=True)
class Client:
    """The client that sent a request.

    :param address: an IPv4 or IPv6 address in canonical text form (RFC 5952) without port or zone;
        None if unknown.
    :param user_agent: at most 512 characters, without control characters; "" if the header is
        missing.
    """

    address: str | None
    user_agent: str

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Return the client of a request, as seen through ``TRUSTED_PROXIES``.

        Without proxies the address is that of the peer. Behind n proxies it is the n-th entry from
        the right of ``X-Forwarded-For``, with all lines of the header joined. The address is
        unknown if the header is missing, is not ASCII or has fewer than n entries, or if the entry
        is not an address: the peer is one of our proxies then, and the other entries can be forged.
        """
        known: Self | None = request.META.get(_KNOWN)
        if known is None:
            user_agent = _CONTROL_CHARACTERS.sub("", header_text(request, "HTTP_USER_AGENT"))
            user_agent = user_agent.strip()[:USER_AGENT_LENGTH].rstrip()
            known = request.META[_KNOWN] = cls(_find_address(request), user_agent)
        return known


def address_of(request: HttpRequest) -> str | None:
    """Return the address of :meth:`Client.of`, for those who need no more of the client."""
    known: Client | None = request.META.get(_KNOWN)
    return known.address if known else _find_address(request)


def header_text(request: HttpRequest, name: str) -> str:
    """Return a header's text, decoded as UTF-8 or, if it is not valid UTF-8, as Latin-1.

    :param name: the key in ``request.META``, for example ``HTTP_USER_AGENT``.
    :returns: "" if the header is missing.
    """
    text: str = request.META.get(name, "")
    # WSGI (PEP 3333) decodes headers as Latin-1, and so does Django under ASGI.
    with contextlib.suppress(UnicodeError):
        return text.encode("latin-1").decode()
    return text


def network_of(address: str | None) -> str:
    """Return the network that counts as one client for rate limits.

    :param address: as in :attr:`Client.address`.
    :returns: an IPv4 address unchanged; the /64 of an IPv6 address, because a single customer is
        usually assigned at least that much; ``unknown`` for None.
    """
    if address is None:
        return "unknown"
    if ":" not in address:
        return address
    return str(ipaddress.IPv6Network((address, 64), strict=False))


def _find_address(request: HttpRequest) -> str | None:
    proxies = api_settings().TRUSTED_PROXIES
    if proxies <= 0:
        return _canonical(request.META.get(PEER_ADDRESS, ""))
    # Servers join the lines of a header with commas, in order (RFC 9110, 5.3).
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    # Entries further left come from the client, which can forge them. Empty entries count as well:
    # if one of our proxies left its entry empty, skipping it would select a forged one.
    entries = forwarded.rsplit(",", proxies)
    if len(entries) < proxies or not forwarded.isascii() or not tells_headers_apart(request):
        return None
    return _canonical(entries[-proxies])


def _canonical(text: str) -> str | None:
    """Return an address in canonical form, without port, brackets and zone, or None."""
    text = text.strip(" \t")
    return _parsed(text) if len(text) <= LONGEST_ENTRY else None


@functools.lru_cache(maxsize=10_000)
def _parsed(text: str) -> str | None:
    port = ""
    if text.startswith("["):
        text, bracket, port = text[1:].partition("]")
        if not bracket:
            return None
    elif text.count(":") == 1:
        text, colon, port = text.partition(":")
        port = colon + port
    if port and not _PORT.fullmatch(port):
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        # A dual-stack socket reports IPv4 clients as ::ffff:a.b.c.d, which all share one /64.
        return str(address.ipv4_mapped or ipaddress.IPv6Address(int(address)))
    return str(address)
