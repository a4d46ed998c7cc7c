"""The criteria of a bulk sign-out: selected sessions, all sessions of users, or a list's query.

They are passed through pages and stored as data, which is validated whenever it is read.
"""

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, cast
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import (
    ALL_VAR,
    ERROR_FLAG,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
)
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext, gettext_noop, ngettext

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import find_by_id, user_key
from sessions_api.admin.listing.keyset import AFTER, BEFORE
from sessions_api.databases.sizes import grouped
from sessions_api.models import UserSession, UserSessionQuerySet

#: Parameters of the list that only affect paging and display.
DISPLAY_PARAMETERS = {AFTER, ALL_VAR, BEFORE, ERROR_FLAG, ORDER_VAR, PAGE_VAR}

#: The filter of the list that leaves out nothing, and those that leave out no active session.
ALL = ("state", "all")
ALL_ACTIVE = {ALL, ("state", "active")}

#: The names of the list's parameters, for display.
NAMES = {
    SEARCH_VAR: gettext_noop("search"),
    "state": gettext_noop("state"),
    "kind": gettext_noop("kind"),
    "user": gettext_noop("user"),
    "browser": gettext_noop("browser"),
    "os": gettext_noop("operating system"),
    "dialect": gettext_noop("dialect of login"),
    "location": gettext_noop("location"),
    "created_at__gte": gettext_noop("created from"),
    "created_at__lt": gettext_noop("created before"),
    "used_at__gte": gettext_noop("last used from"),
    "used_at__lt": gettext_noop("last used before"),
    "used_at__isnull": gettext_noop("never used"),
}

#: The maximum number of sessions or users that can be selected one by one.
MAX_SELECTED = 1000


@dataclass(frozen=True)
class Selected:
    """Sessions selected by their primary keys."""

    pks: tuple[int, ...]
    indexed: ClassVar = True
    owners: ClassVar = ()

    def sessions(self, site: AdminSite, request: HttpRequest) -> UserSessionQuerySet:
        """Return those that still exist."""
        return UserSession.objects.filter(pk__in=self.pks)

    def as_data(self) -> dict[str, object]:
        """Return the criteria as JSON data, for :func:`criteria_of`."""
        return {"kind": "sessions", "pks": list(self.pks)}

    def __str__(self) -> str:
        count = len(self.pks)
        text = ngettext("%(count)s selected session", "%(count)s selected sessions", count)
        return text % {"count": grouped(count)}


@dataclass(frozen=True)
class OfUsers:
    """All sessions of users, who are selected by their ids as text, except those to keep."""

    ids: tuple[str, ...]
    keep: tuple[int, ...] = ()
    indexed: ClassVar = True

    def sessions(self, site: AdminSite, request: HttpRequest) -> UserSessionQuerySet:
        """Return those that these users have now."""
        # The type checker knows this project's user model only.
        of_owners = UserSession.objects.filter(user__in=self.owners)  # type: ignore[misc]
        return of_owners.exclude(pk__in=self.keep)

    @property
    def owners(self) -> list[AccountKey]:
        """The primary keys of the users."""
        return [key for text in self.ids if (key := user_key(text)) is not None]

    def as_data(self) -> dict[str, object]:
        """Return the criteria as JSON data, for :func:`criteria_of`."""
        return {"kind": "users", "ids": list(self.ids), "keep": list(self.keep)}

    def __str__(self) -> str:
        user = find_by_id(self.ids[0]) if len(self.ids) == 1 else None
        users, keep = len(self.ids), len(self.keep)
        if user is None and keep:
            text = ngettext(
                "All sessions of %(users)s user except the ones you chose",
                "All sessions of %(users)s users except the ones you chose",
                users,
            )
        elif user is None:
            text = ngettext(
                "All sessions of %(users)s user", "All sessions of %(users)s users", users
            )
        elif keep:
            text = ngettext(
                "All sessions of %(user)s except the one you chose",
                "All sessions of %(user)s except the %(keep)s you chose",
                keep,
            )
        else:
            text = gettext("All sessions of %(user)s")
        return text % {
            "user": user.get_username() if user else "",
            "users": grouped(users),
            "keep": grouped(keep),
        }


@dataclass(frozen=True)
class Matching:
    """All sessions that match the filters and the search term of the list, as a query string."""

    query: str
    indexed: ClassVar = False
    owners: ClassVar = ()

    def sessions(self, site: AdminSite, request: HttpRequest) -> UserSessionQuerySet:
        """Return those that the site's list finds now, for the user of the request.

        :raises BadRequest: the list has no such filter.
        """
        # The list reads the query of a request. It is lazy, so no page of rows is read.
        asked, query = copy.copy(request), QueryDict(self.query, mutable=True)
        shown_by = site.get_model_admin(UserSession)
        # Only active ones are ended. As a condition, it would hide that these are everybody's.
        if shown_by.lookup_allowed(*ALL, asked):
            query.setdefault(*ALL)
        asked.GET = QueryDict(query.urlencode())
        try:
            changelist = shown_by.get_changelist_instance(asked)
            return cast(UserSessionQuerySet, changelist.queryset)
        except (IncorrectLookupParameters, OverflowError) as error:
            raise BadRequest("Unknown filter, or invalid value") from error

    def as_data(self) -> dict[str, object]:
        """Return the criteria as JSON data, for :func:`criteria_of`."""
        return {"kind": "filter", "query": self.query}

    def __str__(self) -> str:
        asked = [
            gettext("%(filter)s “%(value)s”")
            % {"filter": gettext(NAMES[name]) if name in NAMES else name, "value": value}
            for name, value in _pairs(self.query)
        ]
        if not asked:
            return gettext("Everybody's sessions")
        return gettext("Sessions that match: %(filters)s") % {"filters": ", ".join(asked)}


Criteria = Selected | OfUsers | Matching


def read_criteria(text: str) -> Criteria:
    """Return the criteria in a JSON text; see :func:`criteria_of`."""
    try:
        data = json.loads(text)
        # JSON can contain lone surrogates, which cannot be encoded as UTF-8.
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest("No criteria for sessions") from error
    return criteria_of(data)


def selected(pks: list[str]) -> Criteria:
    """Return the criteria that select sessions by their primary keys.

    :raises BadRequest: the keys are invalid, or too many.
    """
    return criteria_of({"kind": "sessions", "pks": pks})


def of_users(users: Iterable[AccountKey], keep: Iterable[int] = ()) -> OfUsers:
    """Return the criteria for all sessions of users, except those to keep."""
    return OfUsers(tuple(dict.fromkeys(map(str, users))), tuple(keep))


def criteria_of(data: object) -> Criteria:
    """Return the criteria that ``as_data`` returned. The data is not trusted.

    :raises BadRequest: the data is invalid.
    """
    match data:
        case {"kind": "sessions", "pks": [*pks]} if 0 < len(pks) <= MAX_SELECTED:
            return Selected(_session_pks(pks))
        case {"kind": "users", "ids": [*ids], "keep": [*keep]} if (
            0 < len(ids) <= MAX_SELECTED and len(keep) <= MAX_SELECTED
        ):
            if all(isinstance(text, str) and user_key(text) is not None for text in ids):
                return OfUsers(tuple(ids), _session_pks(keep))
        case {"kind": "filter", "query": str(query)}:
            return matching(query)
    raise BadRequest("No criteria for sessions")


def matching(query: str) -> Matching:
    """Return the criteria for all sessions that match a query string of the list.

    :raises BadRequest: the query string holds values that no database accepts.
    """
    pairs = _pairs(query)
    if any("\x00" in text for pair in pairs for text in pair):
        raise BadRequest("NUL character in the query string")
    return Matching(urlencode([pair for pair in pairs if _selects(*pair)]))


def _selects(name: str, value: str) -> bool:
    """Return whether a parameter of the list selects sessions, rather than how they are shown.

    Those for active and for all sessions are redundant, because only active ones are ended.
    """
    if name == SEARCH_VAR:
        return bool(value.strip())
    return name not in DISPLAY_PARAMETERS and (name, value) not in ALL_ACTIVE


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, values in QueryDict(query).lists() for value in values]


def _session_pks(values: list[object]) -> tuple[int, ...]:
    if not all(isinstance(one, int | str) for one in values):
        raise BadRequest("A key that no session can have")
    try:
        return tuple(dict.fromkeys(UserSession._meta.pk.clean(one, None) for one in values))
    except ValidationError as error:
        raise BadRequest("A key that no session can have") from error
