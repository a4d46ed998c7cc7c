"""The newest sessions and audit events of a user, for the user's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django.contrib import admin
from django.contrib.admin.utils import (
    display_for_field,
    display_for_value,
    label_for_field,
    lookup_field,
    quote,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.privileges import may_act_on
from sessions_api.admin.links import list_link, may_view
from sessions_api.models import AuditEvent, UserSession, UserSessionQuerySet

#: The number of rows to show.
NEWEST = 20

SESSION_COLUMNS = ("name", "device", "origin", "kind", "created", "last_used", "expiry")
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


def activity_of(
    site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser
) -> list[Table]:
    """Return the newest sessions of an account, and the newest events about it.

    :returns: those of the two tables that the user of the request may view.
    """
    tables = []
    if may_view(site, request, UserSession):
        tables.append(_newest_sessions(site, request, account))
    if may_view(site, request, AuditEvent):
        tables.append(_newest_events(site, request, account))
    return tables


def _newest_sessions(
    site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser
) -> Table:
    shown_by = site.get_model_admin(UserSession)
    sessions = cast(UserSessionQuerySet, shown_by.get_queryset(request)).newest_of(account)
    links = [list_link(site, "usersession", gettext("All sessions of this user"), user=account.pk)]
    if shown_by.has_delete_permission(request) and may_act_on(request.user, account):
        name = "admin:sessions_api_usersession_end_all"
        url = reverse(name, args=[quote(account.pk)], current_app=site.name)
        text = gettext("End all sessions of this user")
        links.append(format_html('<a href="{}">{}</a>', url, text))
    return _table(gettext("Newest sessions"), shown_by, sessions, SESSION_COLUMNS, links)


def _newest_events(site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser) -> Table:
    shown_by = site.get_model_admin(AuditEvent)
    events = shown_by.get_queryset(request).filter(subject=account.pk).order_by("-at", "-pk")
    links = [list_link(site, "auditevent", gettext("All events of this user"), subject=account.pk)]
    return _table(gettext("Security history"), shown_by, events, EVENT_COLUMNS, links)


def _table(
    title: str,
    shown_by: ModelAdmin,
    rows: QuerySet[Model],
    columns: Sequence[str],
    links: list[str],
) -> Table:
    """Return the first rows, with columns as in the model's list."""
    return Table(
        title=title,
        headers=[str(label_for_field(name, rows.model, shown_by)) for name in columns],
        rows=[
            Row(_page_of(row, shown_by), {name: _cell(name, row, shown_by) for name in columns})
            for row in rows[:NEWEST]
        ],
        links=links,
    )


def _page_of(row: Model, shown_by: ModelAdmin) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[quote(row.pk)], current_app=shown_by.admin_site.name)


def _cell(name: str, row: Model, shown_by: ModelAdmin) -> str:
    field, _, value = lookup_field(name, row, shown_by)
    empty = shown_by.get_empty_value_display()
    if field is None:
        return display_for_value(value, empty)
    return display_for_field(value, field, empty)
