"""Viewing and ending sessions in the admin."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_api.admin.bulk_sign_outs.actions import EndSessionsMixin
from sessions_api.admin.guards import ReadOnlyAdmin
from sessions_api.admin.links import may_view
from sessions_api.admin.listing.keyset import KeysetAdmin
from sessions_api.admin.listing.search import SESSION_HELP, find_sessions
from sessions_api.admin.sessions.columns import SessionColumnsMixin
from sessions_api.admin.sessions.filters import (
    BrowserFilter,
    CreationFilter,
    DialectFilter,
    KindFilter,
    LocationFilter,
    OperatingSystemFilter,
    OwnerFilter,
    StateFilter,
)
from sessions_api.databases.windows import Cursor, Indexed, Key
from sessions_api.models import AuditEvent, UserSession, UserSessionQuerySet

#: An action of another app. The rows may be all that match the list's query: perhaps millions.
SessionAction: TypeAlias = (
    "Callable[[UserSessionAdmin, HttpRequest, UserSessionQuerySet], HttpResponseBase | None]"
)


@admin.register(UserSession)
class UserSessionAdmin(EndSessionsMixin, SessionColumnsMixin, KeysetAdmin, ReadOnlyAdmin):
    """Sessions are listed by their ids, which are the seconds of their creation."""

    key = Key(UserSession, ("sid", "pk"))
    list_display = ["name", "owner", "client", "access", "times"]
    # The token's id is left out on purpose.
    fields = [
        "owner",
        "sessions_of_owner",
        "events_of_owner",
        "sid",
        "name",
        "kind",
        "dialect",
        "state",
        "address",
        "location",
        "device",
        "platform",
        "sort",
        "user_agent",
        "created",
        "last_used",
        "expires",
    ]
    # The most selective filters come first.
    list_filter = [
        OwnerFilter,
        StateFilter,
        KindFilter,
        ("created_at", CreationFilter),
        "used_at",
        OperatingSystemFilter,
        BrowserFilter,
        DialectFilter,
        LocationFilter,
    ]
    list_per_page = 50
    # Makes Django show the search box. The search itself is in `find`.
    search_fields = ["user", "sid", "address"]
    search_help_text = SESSION_HELP

    @classmethod
    def add_action(cls, action: SessionAction) -> None:
        """Offer an action of another app in the list. The app's ``admin`` module calls this.

        Who may run it is for its ``@admin.action(permissions=…)`` to say: ``view``, or ``delete``
        for what ends sessions.

        :raises ValueError: there is another action of the name.
        """
        names = {one if isinstance(one, str) else one.__name__: one for one in cls.actions}
        if names.get(action.__name__, action) is not action:
            raise ValueError(f"There is another action named {action.__name__!r}.")
        if action.__name__ not in names:
            # The stubs take actions for those of any admin class.
            cls.actions = [*cls.actions, action]  # type: ignore[list-item]

    class Media:
        css = {"all": ["sessions_api/sessions.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserSession]:
        """Prefetch the users of the rows that are read; a join would fetch those of all matches."""
        return super().get_queryset(request).prefetch_related("user")

    def find(self, term: str) -> Sequence[Indexed]:
        """Return the meanings of a search term."""
        return find_sessions(term)

    def time_of(self, cursor: Cursor) -> datetime:
        """Return the time of a session id, which is a UNIX timestamp."""
        return datetime.fromtimestamp(cursor[0], UTC)

    def get_fields(self, request: HttpRequest, obj: UserSession | None = None) -> list[Any]:
        """Leave out the link to events if the user may not view them."""
        fields = list(super().get_fields(request, obj))
        if not may_view(self.admin_site, request, AuditEvent):
            fields.remove("events_of_owner")
        return fields
