"""Who is calling: the address behind trusted proxies, and the user agent."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from sessions_api.conf import api_settings

USER_AGENT_LENGTH = 512

# Neither PostgreSQL (NUL, surrogates) nor a terminal that shows a log (the rest) takes these.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True)
class Client:
    """The caller of one request.

    ``address`` is an IPv4 or IPv6 address in canonical text form (RFC 5952) without port or zone;
    None where there is none, as on a UNIX socket. ``user_agent`` is at most 512 characters without
    control characters, "" where the header is missing.
    """

    address: str | None
    user_agent: str

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The client that sent ``request``, as far as ``TRUSTED_PROXIES`` lets it be known.

        Behind n trusted proxies the address is the n-th of ``X-Forwarded-For`` from the right, or
        the leftmost where there are fewer; the peer's own address where that one is no address.
        """
        user_agent = _CONTROL_CHARACTERS.sub("", request.META.get("HTTP_USER_AGENT", ""))
        return cls(_address_of(request), user_agent.strip()[:USER_AGENT_LENGTH].rstrip())


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
    peer: str = request.META.get("REMOTE_ADDR", "")
    proxies = api_settings().TRUSTED_PROXIES
    if proxies > 0:
        # What stands further left was written by the caller, who may write anything.
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-proxies:][0]
        return _canonical(forwarded) or _canonical(peer)
    return _canonical(peer)


def _canonical(text: str) -> str | None:
    """``text`` without port, brackets and zone in canonical form; None if it is no address."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A dual-stack socket shows IPv4 callers as ::ffff:a.b.c.d, all of them in one /64.
    return str(getattr(address, "ipv4_mapped", None) or address)
