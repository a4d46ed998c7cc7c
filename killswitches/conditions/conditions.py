"""The conditions of a switch: parsed from texts, stored as JSON, and asked about a caller."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from django.utils.translation import gettext_noop

from .callers import Caller
from .networks import Network, read_address, read_network
from .shares import PARTS, is_in_share
from .versions import Versions

DIALECT_LENGTH = 16
CLIENT_LENGTH = 64
#: The maximum length of the stored JSON.
STORED_LENGTH = 500


class InvalidCondition(ValueError):
    """A text is no condition of its kind.

    :param kind: the name of a field of :class:`Conditions`.
    :param text: the message, to be translated before the placeholders are filled in.
    :param values: the values of the placeholders.
    """

    def __init__(self, kind: str, text: str, **values: object) -> None:
        super().__init__(text % values)
        self.kind = kind
        self.text = text
        self.values = values


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for a caller; without conditions, a switch applies to everybody.

    :param dialect: the name of the dialect that is called.
    :param client: the name of the calling program, in upper or lower case.
    :param version: its versions; needs ``client``.
    :param network: the network of the caller's address.
    :param share: a percentage of the callers, 1 to 99.
    """

    dialect: str = ""
    client: str = ""
    version: Versions | None = None
    network: Network | None = None
    share: int | None = None

    def __bool__(self) -> bool:
        return bool(self.dialect or self.client or self.network or self.share)

    def hold(self, switch_name: str, caller: Caller) -> bool:
        """Return whether all conditions hold for a caller."""
        # The client comes last: to know it, a user agent may have to be parsed.
        return (
            (not self.dialect or caller.dialect == self.dialect)
            and (self.network is None or self._is_inside(caller))
            and (self.share is None or is_in_share(switch_name, caller, self.share))
            and (not self.client or self._is_client(caller))
        )

    def as_texts(self) -> dict[str, str]:
        """Return the conditions as texts by kind, from which :func:`read_conditions` makes them."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: str(value) for name, value in values if value not in ("", None)}

    def stored(self) -> str:
        """Return the conditions as one line of JSON; "" if there are none."""
        texts = self.as_texts()
        return json.dumps(texts, ensure_ascii=False) if texts else ""

    def _is_inside(self, caller: Caller) -> bool:
        address = read_address(caller.address)
        return address is not None and self.network is not None and address in self.network

    def _is_client(self, caller: Caller) -> bool:
        name, version = caller.client
        return name.casefold() == self.client.casefold() and (
            self.version is None or version in self.version
        )


#: No conditions.
EVERYBODY = Conditions()


def read_conditions(
    *, dialect: str = "", client: str = "", version: str = "", network: str = "", share: str = ""
) -> Conditions:
    """Parse conditions from the texts that a user has typed; empty ones are no conditions.

    :raises InvalidCondition: one of them is invalid. The message says what is valid.
    """
    name = " ".join(client.split())
    if not name.isprintable() or len(name) > CLIENT_LENGTH:
        raise InvalidCondition(
            "client",
            gettext_noop("A client's name has at most %(most)s characters."),
            most=CLIENT_LENGTH,
        )
    if version.strip() and not name:
        raise InvalidCondition("version", gettext_noop("Enter the name of the client, too."))
    return Conditions(
        dialect=_dialect(dialect.strip()),
        client=name,
        version=_version(version.strip()),
        network=_network(network.strip()),
        share=_share(share.strip().removesuffix("%").rstrip()),
    )


def stored_conditions(text: str) -> Conditions:
    """Parse conditions as :meth:`Conditions.stored` returned them.

    Others, such as those of a newer version, are not understood: the switch then applies to
    everybody, because whoever turned it on wanted something closed.
    """
    if not text:
        return EVERYBODY
    try:
        texts: Mapping[str, str] = json.loads(text)
        return read_conditions(**texts)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return EVERYBODY


def _dialect(text: str) -> str:
    if len(text) > DIALECT_LENGTH or not text.isprintable():
        raise InvalidCondition(
            "dialect",
            gettext_noop("A dialect's name has at most %(most)s characters."),
            most=DIALECT_LENGTH,
        )
    return text


def _version(text: str) -> Versions | None:
    versions = Versions.read(text) if text else None
    if text and versions is None:
        raise InvalidCondition(
            "version",
            gettext_noop(
                "A version is one to four numbers, such as 5.1, and may have <, <=, > or >= in "
                "front of it."
            ),
        )
    return versions


def _network(text: str) -> Network | None:
    if not text:
        return None
    if network := read_network(text):
        return network
    if network := read_network(text, strict=False):
        raise InvalidCondition(
            "network",
            gettext_noop("This is an address within a network. The network is %(network)s."),
            network=network,
        )
    raise InvalidCondition(
        "network",
        gettext_noop("A network is written like 203.0.113.0/24 or 2001:db8::/32."),
    )


def _share(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 3 and 0 < int(text) < PARTS:
        return int(text)
    raise InvalidCondition(
        "share",
        gettext_noop("A share is a whole number from 1 to %(most)s, in percent."),
        most=PARTS - 1,
    )
