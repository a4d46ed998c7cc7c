"""Searches for sessions across all users, by owner, address, location, device and times.

As data, a search is stored with a bulk sign-out, and checked when it is read.
"""

import functools
import math
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.db.models import Q
from django.utils import timezone

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import names_by_id, user_key
from sessions_api.callers.networks import read_narrow_network
from sessions_api.databases.windows import Indexed, Key, plan_read, read_page
from sessions_api.models import SessionKind, UserSession, UserSessionQuerySet

#: Newest first, by the session id, which is the second of the creation and is indexed.
KEY = Key(UserSession, ("sid", "pk"))
#: The maximum number of sessions that a statement reads.
PAGE = 2000
#: The columns that are searched for words of a device.
DEVICE = ("name", "browser", "platform", "os", "user_agent")
#: How far the clock of whoever chooses a time may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=1)
#: The largest id that the column of session ids can hold.
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class SessionSearch:
    """Criteria for sessions, which are combined with AND. Without any, all sessions match.

    :param users: the text forms of the primary keys of the owners; None for anybody.
    :param network: an address, or a network in CIDR notation.
    :param location: a part of the location, in any case: a city, a region or a country.
    :param session: a session id. Several users may have a session of the same id.
    :param browser: the name of the browser, in any case.
    :param device: words, each of which is found in the name of the session, or in its browser,
        hardware, operating system or user agent, in any case.
    :param created_after: the session began at this time or later.
    :param used_after: the session was last used at this time or later. A session that has never
        been used counts as used when it began.
    :param dialect: the dialect of the login, such as ``v5``.
    :param of_kind: what the sessions are; None for any kind.
    """

    users: tuple[str, ...] | None = None
    network: str = ""
    location: str = ""
    session: int | None = None
    browser: str = ""
    device: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None
    used_after: datetime | None = None
    used_before: datetime | None = None
    dialect: str = ""
    of_kind: SessionKind | None = None

    @classmethod
    def from_data(cls, data: object) -> "SessionSearch":
        """Return the search from the data of :meth:`as_data`.

        :raises ValueError: the data is invalid.
        """
        match data:
            case {"kind": "search", **parts}:
                if isinstance(scoped := parts.get("scoped"), bool):
                    # From a version without sessions of the console.
                    del parts["scoped"]
                    parts["of_kind"] = SessionKind.SCOPED if scoped else SessionKind.FULL
                return cls(**{str(name): _read_part(str(name), parts[name]) for name in parts})
        raise ValueError("No search")

    def as_data(self) -> dict[str, object]:
        """Return the criteria that are set, and their kind, for JSON."""
        data: dict[str, object] = {"kind": "search"}
        for name, value in self._parts():
            if isinstance(value, datetime):
                data[name] = value.isoformat()
            else:
                data[name] = list(value) if isinstance(value, tuple) else value
        return data

    @property
    def is_for_everybody(self) -> bool:
        """Whether all sessions of all users match."""
        return not self._parts()

    @property
    def indexed(self) -> bool:
        """Whether an index finds the sessions, in whatever part of the table they are."""
        is_console = self.of_kind is SessionKind.CONSOLE
        return self.users is not None or self.session is not None or is_console

    @property
    def owners(self) -> list[AccountKey]:
        """The primary keys of the users all of whose sessions match; empty if only some do."""
        return self._keys() if len(self._parts()) == 1 else []

    def sessions(self) -> UserSessionQuerySet:
        """Return the sessions that match, active or not."""
        conditions = [_any_of(one.condition for one in found) for found in self._lookups()]
        if self.location:
            conditions.append(Q(location__icontains=self.location))
        if self.browser:
            conditions.append(Q(browser__iexact=self.browser))
        conditions += [
            _any_of(Q(**{f"{column}__icontains": word}) for column in DEVICE)
            for word in self.device.split()
        ]
        if self.used_after:
            conditions.append(_used("gte", self.used_after))
        if self.used_before:
            conditions.append(_used("lt", self.used_before))
        if self.dialect:
            conditions.append(Q(dialect=self.dialect))
        if self.of_kind is not None:
            conditions.append(self.of_kind.condition)
        return UserSession.objects.filter(*conditions)

    def pages(self, size: int) -> Iterator[list[UserSession]]:
        """Read the active sessions, newest first, with their owners.

        Each statement reads a bounded part of the table, so it may take several to find a page.

        :param size: the maximum number of sessions per page, at most :data:`PAGE`.
        """
        rows = self.sessions().active().prefetch_related("user")
        plan = plan_read(UserSession.objects.all(), KEY, self._lookups())
        cursor, size = None, min(size, PAGE)
        while True:
            page = read_page(rows, KEY, size, plan=plan, cursor=cursor)
            if page.rows:
                yield cast(list[UserSession], page.rows)
            cursor = page.older
            if cursor is None:
                return

    def __str__(self) -> str:
        """Describe the criteria in words."""
        if self.is_for_everybody:
            return "Everybody's sessions"
        parts = (_in_words(name, value) for name, value in self._parts())
        return f"Sessions that match: {', '.join(parts)}"

    def _parts(self) -> list[tuple[str, object]]:
        values = [(one.name, getattr(self, one.name), one.default) for one in fields(self)]
        return [(name, value) for name, value, default in values if value != default]

    def _keys(self) -> list[AccountKey]:
        return [key for text in self.users or () if (key := user_key(text)) is not None]

    def _lookups(self) -> list[Sequence[Indexed]]:
        """Return the criteria that indexes support, usually the most selective one first."""
        lookups: list[Sequence[Indexed]] = []
        if self.session is not None:
            lookups.append([Indexed(Q(sid=self.session), "sid")])
        if self.users is not None:
            keys = self._keys()
            lookups.append([Indexed.equal("user", key, sorted_by="sid") for key in keys])
        if self.of_kind is SessionKind.CONSOLE:
            lookups.append([Indexed(self.of_kind.condition, "sid")])
        if network := read_narrow_network(self.network):
            lookups.append([Indexed(Q(address__in_network=network), "address")])
        if self.created_after or self.created_before:
            lookups.append([Indexed(self._created(), "sid")])
        return lookups

    def _created(self) -> Q:
        condition = Q()
        if self.created_after:
            condition &= Q(sid__gte=math.floor(self.created_after.timestamp()))
        if self.created_before:
            condition &= Q(sid__lt=math.floor(self.created_before.timestamp()))
        return condition


def is_future(start: datetime) -> bool:
    """Return whether nothing can have happened at a time or later, beyond :data:`CLOCK_SKEW`.

    As the start of a search it is a mistake, such as a time of another zone: no session matches.
    """
    return start > timezone.now() + CLOCK_SKEW


def _read_part(name: str, value: object) -> Any:
    match name, value:
        case "users", list() if all(isinstance(one, str) for one in value):
            return tuple(value)
        case "network", str() if read_narrow_network(value):
            return value
        case "session", int() if 0 <= value <= LARGEST_ID:
            return value
        case (("browser" | "device" | "dialect" | "location"), str()) if value.isprintable():
            return value
        case (("created_after" | "created_before" | "used_after" | "used_before"), str()):
            return _read_time(value)
        case "of_kind", str():
            return SessionKind(value)
    raise ValueError(f"Unknown criterion: {name}")


def _read_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("Time out of range") from error


def _in_words(name: str, value: object) -> str:
    match name, value:
        case "users", tuple():
            names = names_by_id(value)
            owners = (f"“{names.get(key, key)}”" for key in dict.fromkeys(value))
            return "user " + (" or ".join(owners) or "nobody")
        case "of_kind", SessionKind():
            return value.value
        case _, datetime():
            return f"{name.replace('_', ' ')} {value.isoformat(timespec='seconds')}"
    return f"{name} “{value}”"


def _used(lookup: str, moment: datetime) -> Q:
    used, unused = {f"used_at__{lookup}": moment}, {f"created_at__{lookup}": moment}
    return Q(**used) | Q(used_at=None, **unused)


def _any_of(conditions: Iterable[Q]) -> Q:
    return functools.reduce(operator.or_, conditions, Q(pk__in=[]))
