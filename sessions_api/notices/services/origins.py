"""The devices and places from which users log in, to detect a login from a new one.

An *origin* is a device or a place. The device is browser, operating system and hardware without
their versions, so that an update is no new device. The place is the location of the address or,
where that is unknown, the network that usually is one provider's: the /16 of an IPv4 address, the
/32 of an IPv6 address. Only digests are stored.
"""

import hashlib
import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from sessions_api.accounts.kinds import AccountKey
from sessions_api.callers.clients import Client
from sessions_api.callers.devices import parse_device
from sessions_api.callers.locations import locate
from sessions_api.models import UserSession
from sessions_api.notices.models import KnownOrigin
from sessions_api.notices.services.details import DEVICE, PLACE

#: How many origins of a user are remembered, the latest ones.
MOST_KNOWN = 100
#: The last use of an origin is updated after this time.
RESOLUTION = timedelta(days=1)
#: How long an origin is remembered after its last use.
ORIGIN_RETENTION = timedelta(days=180)

#: The digest of the row that says that there was a login before.
MARKER = ""


@dataclass(frozen=True)
class Origins:
    """The origins of a login.

    :param user_id: the primary key of the user.
    :param device: browser, operating system and hardware; each is "" if unknown.
    :param place: "" if unknown.
    """

    user_id: AccountKey
    device: tuple[str, str, str]
    place: str

    @classmethod
    def of_session(cls, session: UserSession) -> Self:
        """Return those of the login that has begun a session."""
        device = (session.browser, session.os, session.platform)
        return cls(session.user_id, device, session.location or _network_of(session.address))

    @classmethod
    def of_client(cls, user: AbstractBaseUser, client: Client) -> Self:
        """Return those of a login by a client."""
        device = parse_device(client.user_agent)
        place = locate(client.address) or _network_of(client.address)
        return cls(user.pk, (device.browser, device.os, device.platform), place)

    def digests(self) -> dict[str, str]:
        """Return the digests by kind; none for a place that is unknown."""
        texts = {DEVICE: "\n".join(self.device)}
        if self.place:
            texts[PLACE] = self.place
        # With the user's key, so that equal origins of different users have different digests.
        return {
            kind: hashlib.sha256(f"{self.user_id}\n{kind}\n{text}".encode()).hexdigest()[:32]
            for kind, text in texts.items()
        }


def learn_origins(origins: Origins) -> frozenset[str]:
    """Remember the origins of a login. The caller holds the account's lock.

    Takes one query if they are known.

    :returns: which of ``DEVICE`` and ``PLACE`` are new. Empty for the very first
        login, which has nothing to be compared with, but not for the first one after
        :func:`forget_origins`.
    """
    now = timezone.now()
    digests = origins.digests()
    rows = _of_owners([origins.user_id])
    known = dict(rows.values_list("digest", "seen_at"))
    new = frozenset(kind for kind, digest in digests.items() if digest not in known)
    if new or not known:
        _make_room(rows, known, digests.values())
        added: list[tuple[str, datetime | None]] = [(digests[kind], now) for kind in new]
        if not known:
            added.append((MARKER, None))
        _add(origins.user_id, added)
    used_again = [
        digest
        for digest in digests.values()
        if (seen_at := known.get(digest)) and seen_at < now - RESOLUTION
    ]
    if used_again:
        rows.filter(digest__in=used_again).update(seen_at=now)
    return new if known else frozenset()


def forget_origins(owners: Collection[AccountKey], *, keep: UserSession | None = None) -> None:
    """Forget the origins of users, except those of a session.

    All other origins are new then, even at the next login.
    """
    kept = {MARKER, *(Origins.of_session(keep).digests().values() if keep else ())}
    _of_owners(owners).exclude(digest__in=kept).delete()


def _of_owners(owners: Collection[AccountKey]) -> QuerySet[KnownOrigin]:
    # The type checker knows this project's user model only; a host may have another.
    return KnownOrigin.objects.filter(user__in=owners)  # type: ignore[misc]


def _add(user_id: AccountKey, origins: Iterable[tuple[str, datetime | None]]) -> None:
    rows = [
        # The type checker knows this project's user model only.
        KnownOrigin(user_id=user_id, digest=digest, seen_at=at)  # type: ignore[misc]
        for digest, at in origins
    ]
    KnownOrigin.objects.bulk_create(rows, ignore_conflicts=True)


def _make_room(
    rows: QuerySet[KnownOrigin], known: Mapping[str, datetime | None], used: Collection[str]
) -> None:
    """Delete those that were used the longest ago, if there are too many beside those in use."""
    others = {one: at for one, at in known.items() if at is not None and one not in used}
    excess = len(others) + len(used) - MOST_KNOWN
    if excess > 0:
        oldest_first = sorted(others, key=others.__getitem__)
        rows.filter(digest__in=oldest_first[:excess]).delete()


def _network_of(address: str | None) -> str:
    if address is None:
        return ""
    length = 32 if ":" in address else 16
    return str(ipaddress.ip_network((address, length), strict=False))
