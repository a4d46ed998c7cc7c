"""Networks in CIDR notation, and the addresses of callers."""

import functools
import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: No longer text is an address.
LONGEST_ADDRESS = 45
#: The prefix lengths of the networks by which anonymous callers are told apart.
PREFIXES = {4: 24, 6: 64}


def read_network(text: str, *, strict: bool = True) -> Network | None:
    """Parse a network in CIDR notation (RFC 4632); an address is a network of one.

    IPv4-mapped networks are returned as IPv4, because callers' addresses are, and are stored so.

    :param strict: whether host bits must be zero.
    :returns: None if it is not a network, or has a zone (``fe80::1%eth0``).
    """
    if "%" in text:
        return None
    try:
        network = ipaddress.ip_network(text, strict)
    except ValueError:
        return None
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.IPv4Network((mapped, network.prefixlen - 96))


def read_address(text: str | None) -> Address | None:
    """Parse a caller's address; None if it is none."""
    return _remembered_address(text) if text and len(text) <= LONGEST_ADDRESS else None


@functools.lru_cache(maxsize=10_000)
def _remembered_address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


@functools.lru_cache(maxsize=10_000)
def neighbourhood(address: Address) -> Network:
    """Return the /24 of an IPv4 address or the /64 of an IPv6 address."""
    return ipaddress.ip_network((address.packed, PREFIXES[address.version]), strict=False)
