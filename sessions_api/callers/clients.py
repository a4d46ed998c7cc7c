"""Who is calling: the address behind trusted proxies, and the user agent."""

import contextlib
import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from sessions_api.callers.servers import tells_headers_apart
from sessions_api.conf import api_settings

USER_AGENT_LENGTH = 512

#: Characters of the longest entry of ``X-Forwarded-For`` that is read: an address with a zone, in
#: brackets, with a port.
LONGEST_ENTRY = 100

#: Where a request keeps its client, for it is asked several times. No header has such a name.
_KNOWN = "sessions_api.client"

_PORT = re.compile(r":[0-9]{1,5}")

# Neither PostgreSQL (NUL, surrogates) nor a terminal that shows a log (the rest) takes these.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True)
class Client:
    """The caller of one request.

    ``address`` is an IPv4 or IPv6 address in canonical text form (RFC 5952) without port or zone;
    None where it is unknown. ``user_agent`` is at most 512 characters without control characters,
    "" where the header is missing.
    """

    address: str | None
    user_agent: str

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The client that sent ``request``, as far as ``TRUSTED_PROXIES`` lets it be known.

        With no proxy the address is the peer's. Behind n of them it is the n-th entry from the
        right of ``X-Forwarded-For``, over all its lines together. It is unknown where that header
        is missing, holds a byte beyond ASCII, has fewer entries, or where the entry is no address:
        the peer is then a proxy of ours, and what stands elsewhere in the header may be anybody's.
        """
        known: Self | None = request.META.get(_KNOWN)
        if known is None:
            user_agent = _CONTROL_CHARACTERS.sub("", header_text(request, "HTTP_USER_AGENT"))
            user_agent = user_agent.strip()[:USER_AGENT_LENGTH].rstrip()
            known = request.META[_KNOWN] = cls(_address_of(request), user_agent)
        return known


def header_text(request: HttpRequest, name: str) -> str:
    """The text of a header, in UTF-8 or, where its bytes are no UTF-8, in Latin-1.

    :param name: as in ``request.META``: ``HTTP_USER_AGENT``.
    :returns: "" where the header is missing.
    """
    text: str = request.META.get(name, "")
    # PEP 3333 hands the header's bytes over as if they were Latin-1, and so does Django under ASGI.
    with contextlib.suppress(UnicodeError):
        return text.encode("latin-1").decode()
    return text


def network_of(address: str | None) -> str:
    """What counts as one client for rate limits.

    :param address: as in :attr:`Client.address`.
    :returns: an IPv4 address itself; the /64 of an IPv6 address, because a single customer usually
        holds at least that much; ``unknown`` for None.
    """
    if address is None:
        return "unknown"
    if ":" not in address:
        return address
    return str(ipaddress.IPv6Network((address, 64), strict=False))


def _address_of(request: HttpRequest) -> str | None:
    proxies = api_settings().TRUSTED_PROXIES
    if proxies <= 0:
        return _canonical(request.META.get("REMOTE_ADDR", ""))
    # Servers join the lines of a header with commas, in their order (RFC 9110 5.3).
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    # What stands further left was written by the caller, who may write anything. Empty entries
    # count too: without them, one that a proxy of ours left empty would be taken for the caller's.
    entries = forwarded.rsplit(",", proxies)
    if len(entries) < proxies or not forwarded.isascii() or not tells_headers_apart(request):
        return None
    return _canonical(entries[-proxies])


def _canonical(text: str) -> str | None:
    """``text`` without port, brackets and zone in canonical form; None if it is no address."""
    text = text.strip(" \t")
    if len(text) > LONGEST_ENTRY:
        return None
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
        # A dual-stack socket shows IPv4 callers as ::ffff:a.b.c.d, all of them in one /64.
        return str(address.ipv4_mapped or ipaddress.IPv6Address(int(address)))
    return str(address)
