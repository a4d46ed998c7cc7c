"""The lookup ``in_network``, which filters addresses by network."""

import functools
from typing import Any, cast

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import GenericIPAddressField, Lookup
from django.db.models.sql.compiler import SQLCompiler
from django.dispatch import receiver

from killswitches.conditions import networks
from killswitches.conditions.networks import Network

SQLITE_FUNCTION = "sessions_api_in_network"


@functools.lru_cache
def read_network(text: str) -> Network | None:
    """Parse a network in CIDR notation (RFC 4632); a single address is a network of one.

    :param text: for example ``10.1.0.0/16``, ``10.1.2.3`` or ``2001:db8::/32``. Host bits may be
        set.
    :returns: None if it is not a network, or has a zone (``fe80::1%eth0``).
    """
    return networks.read_network(text, strict=False)


def read_narrow_network(text: str) -> Network | None:
    """Parse a network, to select sessions by it, like :func:`read_network`.

    :returns: None also if it has all addresses: that would be everybody without saying so.
    """
    network = read_network(text)
    return network if network and network.prefixlen else None


@GenericIPAddressField.register_lookup
class InNetwork(Lookup):
    """Match addresses within a :data:`Network`."""

    lookup_name = "in_network"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """Compare by range, which any B-tree index on the column supports."""
        column, parameters = self.process_lhs(compiler, connection)
        ends = [
            connection.ops.adapt_ipaddressfield_value(str(end))
            for end in (self.rhs.network_address, self.rhs.broadcast_address)
        ]
        return f"{column} BETWEEN %s AND %s", (*parameters, *ends)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        """Call a function: SQLite stores addresses as texts, which sort differently."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{SQLITE_FUNCTION}({column}, %s)", (*parameters, str(self.rhs))


@receiver(connection_created)
def _add_function(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQLITE_FUNCTION, 2, _contains, deterministic=True)


def _contains(address: str | None, network: str) -> bool:
    # A malformed address, which only SQL could have stored, belongs to no network.
    host = read_network(address) if address else None
    return host is not None and host[0] in cast(Network, read_network(network))
