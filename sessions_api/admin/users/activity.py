"""The newest sessions, API tokens and audit events of a user, for the user's page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from django.contrib import admin
from django.contrib.admin.utils import (
    display_for_field,
    display_for_value,
    label_for_field,
    lookup_field,
    quote,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.audit.sessions import name_sessions
from sessions_api.admin.links import ENDED, STATE, list_link, may_view, session_url
from sessions_api.databases.windows import Indexed
from sessions_api.models import (
    AuditEvent,
    PastSession,
    SessionKind,
    UserSession,
    UserSessionQuerySet,
)

#: The number of rows to show.
NEWEST = 20
#: How many active sessions are counted, and searched for API tokens.
COUNTED = 1_000

#: The number of sessions that are named in an event.
NAMED = 3

SESSION_COLUMNS = ("name", "device", "origin", "kind", "created", "last_used", "expiry")
PAST_COLUMNS = ("name", "device", "origin", "ended", "how", "ended_by", "why")
EVENT_COLUMNS = ("when", "kind", "actor_link", "address", "summary")


@dataclass(frozen=True)
class Row:
    """A row: the URL of its page, and its cells by column name."""

    url: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The newest rows of a list, with links to more."""

    title: str
    headers: list[str]
    rows: list[Row]
    links: list[str]

    @property
    def lines(self) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
        """Yield the URL of each row, and its cells: their columns, headers and values."""
        for row in self.rows:
            cells = zip(row.cells.items(), self.headers, strict=True)
            yield row.url, [(name, header, value) for (name, value), header in cells]


class WithPast(Protocol):
    """The admin class of sessions, which shows those that have ended by another one."""

    past: ModelAdmin


@dataclass(frozen=True)
class LiveSessions:
    """The active sessions of an account.

    :param logins: the primary keys of its logins, the newest first.
    :param tokens: those of its scoped sessions.
    :param has_more: whether it has more sessions, older than these.
    """

    logins: Sequence[int]
    tokens: Sequence[int]
    has_more: bool


def live_sessions(
    site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser
) -> LiveSessions | None:
    """Return the active sessions, in one query; None if the user of the request may not view any.

    One query for both kinds, because no index tells them apart: the first scoped session may come
    after thousands of logins.
    """
    if not may_view(site, request, UserSession):
        return None
    active = _sessions_of(site, request, account).prefetch_related(None).active(owner=account)
    found = list(active.values_list("pk", "permission_flags")[: COUNTED + 1])
    return LiveSessions(
        logins=[pk for pk, flags in found[:COUNTED] if flags is None],
        tokens=[pk for pk, flags in found[:COUNTED] if flags is not None],
        has_more=len(found) > COUNTED,
    )


def activity_of(
    site: admin.AdminSite,
    request: HttpRequest,
    account: AbstractBaseUser,
    live: LiveSessions | None,
) -> Iterator[Table]:
    """Yield the tables that the user of the request may view.

    :param live: the sessions of the account; None to leave them out.
    """
    if live is not None:
        yield from _sessions(site, request, account, live)
        yield _past_sessions(site, request, account)
    if may_view(site, request, AuditEvent):
        yield _newest_events(site, request, account)


def _sessions(
    site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser, live: LiveSessions
) -> Iterator[Table]:
    shown_by = site.get_model_admin(UserSession)
    logins, tokens = live.logins[:NEWEST], live.tokens[:NEWEST]
    rows = {
        session.pk: session
        for session in _sessions_of(site, request, account).filter(pk__in=[*logins, *tokens])
    }

    def table(title: str, more: str, keys: Sequence[int], **query: str) -> Table:
        link = list_link(site, "usersession", more, user=account.pk, **query)
        # One that has ended between the two queries is left out.
        found = [rows[key] for key in keys if key in rows]
        return _table(title, UserSession, shown_by, found, SESSION_COLUMNS, [link])

    yield table(gettext("Active sessions"), gettext("All sessions of this user"), logins)
    yield table(
        gettext("API tokens"),
        gettext("All API tokens of this user"),
        tokens,
        kind=SessionKind.SCOPED.value,
    )


def _sessions_of(
    site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser
) -> UserSessionQuerySet:
    rows = site.get_model_admin(UserSession).get_queryset(request)
    return cast(UserSessionQuerySet, rows).newest_of(account)


def _past_sessions(site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser) -> Table:
    shown_by = cast(WithPast, site.get_model_admin(UserSession)).past
    of_user = Indexed.equal("user_id", account.pk, sorted_by="pk").condition
    # In the order of the index on user and key, which the planner could otherwise leave aside.
    rows = shown_by.get_queryset(request).filter(of_user).order_by("-user_id", "-pk")[:NEWEST]
    text = gettext("All ended sessions of this user")
    links = [list_link(site, "usersession", text, user=account.pk, **{STATE: ENDED})]
    return _table(gettext("Ended sessions"), PastSession, shown_by, rows, PAST_COLUMNS, links)


def _newest_events(site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser) -> Table:
    shown_by = site.get_model_admin(AuditEvent)
    of_user = shown_by.get_queryset(request).filter(subject=account.pk)
    events = list(of_user.order_by("-at", "-pk")[:NEWEST])
    if may_view(site, request, UserSession):
        name_sessions(events, NAMED)
    links = [list_link(site, "auditevent", gettext("All events of this user"), subject=account.pk)]
    title = gettext("Security history")
    return _table(title, AuditEvent, shown_by, events, EVENT_COLUMNS, links)


def _table(
    title: str,
    model: type[Model],
    shown_by: ModelAdmin,
    rows: Iterable[Model],
    columns: Sequence[str],
    links: list[str],
) -> Table:
    """Return rows, with columns as in the model's list."""
    return Table(
        title=title,
        headers=[str(label_for_field(name, model, shown_by)) for name in columns],
        rows=[
            Row(_page_of(row, shown_by), {name: _cell(name, row, shown_by) for name in columns})
            for row in rows
        ],
        links=links,
    )


def _page_of(row: Model, shown_by: ModelAdmin) -> str:
    if isinstance(row, PastSession):
        return session_url(shown_by.admin_site, row.session_pk)
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[quote(row.pk)], current_app=shown_by.admin_site.name)


def _cell(name: str, row: Model, shown_by: ModelAdmin) -> str:
    field, _, value = lookup_field(name, row, shown_by)
    empty = shown_by.get_empty_value_display()
    if field is None:
        return display_for_value(value, empty)
    return display_for_field(value, field, empty)
