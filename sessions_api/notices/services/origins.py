"""From where users log in, so that a login from elsewhere can be told to them.

An *origin* is a device or a place. The device is browser, operating system and hardware without
their versions, so that an update is no new device. The place is the location of the address or,
where that is unknown, the network that usually is one provider's: the /16 of an IPv4 address, the
/32 of an IPv6 address. Only digests are stored.
"""

import hashlib
import ipaddress
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from sessions_api.accounts.kinds import AccountKey
from sessions_api.models import UserSession
from sessions_api.notices.models import KnownOrigin
from sessions_api.notices.services.details import DEVICE, PLACE

#: How many origins of a user are remembered, the latest ones.
MOST_KNOWN = 100
#: An origin that is used is noted again after this time.
RESOLUTION = timedelta(days=1)
#: An origin that is not used for this long is forgotten.
KEPT = timedelta(days=180)

#: The digest of the row that says that there was a login before.
MARKER = ""


def learn_origins(session: UserSession) -> frozenset[str]:
    """Remember the origins of a login. The caller holds the account's lock.

    Takes one query if they are known.

    :returns: which of ``DEVICE`` and ``PLACE`` are new. Empty for the first login ever, which has
        nothing to compare with; not for the first one after they have been forgotten.
    """
    now = timezone.now()
    digests = _digests_of(session)
    rows = _of_owners([session.user_id])
    known = dict(rows.values_list("digest", "seen_at"))
    new = frozenset(kind for kind, digest in digests.items() if digest not in known)
    if new or not known:
        excess = _oldest(known, most=MOST_KNOWN - len(new))
        if excess:
            rows.filter(digest__in=excess).delete()
        added: list[tuple[str, datetime | None]] = [(digests[kind], now) for kind in new]
        if not known:
            added.append((MARKER, None))
        KnownOrigin.objects.bulk_create(
            (KnownOrigin(user_id=session.user_id, digest=one, seen_at=at) for one, at in added),
            ignore_conflicts=True,
        )
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

    What comes next is new, even for the first login after this.
    """
    kept = {MARKER, *(_digests_of(keep).values() if keep else ())}
    _of_owners(owners).exclude(digest__in=kept).delete()


def _of_owners(owners: Collection[AccountKey]) -> QuerySet[KnownOrigin]:
    # The type checker knows this project's user model only; a host may have another.
    return KnownOrigin.objects.filter(user__in=owners)  # type: ignore[misc]


def _oldest(known: Mapping[str, datetime | None], *, most: int) -> list[str]:
    """Return the digests that are too many, those that were used the longest ago."""
    seen = {digest: seen_at for digest, seen_at in known.items() if seen_at is not None}
    return sorted(seen, key=seen.__getitem__)[: max(0, len(seen) - most)]


def _digests_of(session: UserSession) -> dict[str, str]:
    """Return the digests of a login by kind; none for a place that is unknown."""
    origins = {DEVICE: "\n".join((session.browser, session.os, session.platform))}
    if place := session.location or _network_of(session.address):
        origins[PLACE] = place
    # With the user's key, so that equal origins of different users have different digests.
    return {
        kind: hashlib.sha256(f"{session.user_id}\n{kind}\n{text}".encode()).hexdigest()[:32]
        for kind, text in origins.items()
    }


def _network_of(address: str | None) -> str:
    if address is None:
        return ""
    length = 32 if ":" in address else 16
    return str(ipaddress.ip_network((address, length), strict=False))
