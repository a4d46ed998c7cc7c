"""The servers in the URL of a PostgreSQL database, of which libpq uses the first that suits."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote

from cumulonimbus.configuration.environment import Settings

DEFAULT_PORT = 5432
MAX_PORT = 65535


@dataclass(frozen=True)
class Hosts:
    """The servers of a URL, in their order.

    :param names: names, addresses, or directories of UNIX sockets.
    :param ports: the port of each.
    """

    names: tuple[str, ...]
    ports: tuple[int, ...]

    @property
    def settings(self) -> Settings:
        """Django's settings, which it passes on to libpq: lists that are separated by commas."""
        return {"HOST": ",".join(self.names), "PORT": ",".join(map(str, self.ports))}


def split_hosts(url: str) -> tuple[str, Hosts | None]:
    """Take the servers out of a URL that names several, or one with escaped characters.

    :param url: a URL without options.
    :returns: the URL, in which one host stands for all, and the servers; the same URL and None if
        it names one server without them, or none.
    :raises ValueError: a host or a port is malformed, as where a / in the password has the rest of
        it taken for a path. The message quotes nothing.
    """
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    account, at, servers = authority.rpartition("@")
    if "@" in path:
        raise ValueError("has an @ after its host")
    if not {",", "%"} & {*servers}:
        return url, None
    pairs = [_parse(server) for server in servers.split(",")]
    hosts = Hosts(tuple(name for name, _ in pairs), tuple(port for _, port in pairs))
    return f"{scheme}{separator}{account}{at}hosts{slash}{path}", hosts


def _parse(server: str) -> tuple[str, int]:
    """Return the name and the port of one server."""
    if server.startswith("["):
        name, bracket, port = server[1:].partition("]")
        name = unquote(name)
        if not bracket or (port and not port.startswith(":")):
            raise ValueError("has a malformed IPv6 address")
        try:
            IPv6Address(name)
        except AddressValueError:
            # Not the cause: its message quotes the address.
            raise ValueError("has a malformed IPv6 address") from None
        port = port[1:] if port else str(DEFAULT_PORT)
    else:
        name, colon, port = server.partition(":")
        name = unquote(name)
        port = port if colon else str(DEFAULT_PORT)
    if not name or any(character in name for character in ", \t\n[]"):
        raise ValueError("has a malformed host in its list")
    if not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) <= MAX_PORT):
        raise ValueError("has a malformed port in its list; write an IPv6 address in []")
    return name, int(port)
