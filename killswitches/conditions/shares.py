"""Shares of callers, which always have the same users and networks in them."""

import hashlib

from .callers import Caller
from .networks import neighbourhood, read_address

#: A share is a number of these parts.
PARTS = 100


def is_in_share(switch_name: str, caller: Caller, percent: int) -> bool:
    """Return whether a caller belongs to a share of all callers.

    A hash of the switch's name and of the caller decides, so a larger share includes every smaller
    one, and two switches have different shares. The caller is the user, or for anonymous callers
    the /24 (IPv4) or /64 (IPv6) of the address. A caller of whom neither is known is in no share.
    """
    member = _member(caller)
    if member is None:
        return False
    # A user of a foreign service may have any name, even one that is no valid Unicode.
    text = f"{switch_name}\n{member}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") % PARTS < percent


def _member(caller: Caller) -> str | None:
    if caller.user:
        return f"user {caller.user}"
    address = read_address(caller.address)
    return None if address is None else f"network {neighbourhood(address)}"
