"""Viewing and ending sessions in the admin."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeAlias

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from sessions_api.admin.bulk_sign_outs.actions import EndSessionsMixin
from sessions_api.admin.guards import ReadOnlyAdmin
from sessions_api.admin.histories import AuditHistoryMixin
from sessions_api.admin.links import ENDED, STATE
from sessions_api.admin.listing.checkboxes import FastCheckboxesMixin
from sessions_api.admin.listing.keyset import KeysetAdmin
from sessions_api.admin.listing.search import SESSION_HELP, find_sessions
from sessions_api.admin.search.page import SearchMixin
from sessions_api.admin.sessions.columns import LiveColumnsMixin
from sessions_api.admin.sessions.common_values import (
    BrowserFilter,
    DialectFilter,
    LocationFilter,
    OperatingSystemFilter,
    SessionChangeList,
)
from sessions_api.admin.sessions.filters import (
    CreationFilter,
    KindFilter,
    OwnerFilter,
    StateFilter,
)
from sessions_api.admin.sessions.past import PastSessionAdmin
from sessions_api.databases.windows import Cursor, Indexed, Key
from sessions_api.models import PastSession, UserSession, UserSessionQuerySet

#: An action of another app. The rows may be all that match the list's query: perhaps millions.
SessionAction: TypeAlias = (
    "Callable[[UserSessionAdmin, HttpRequest, UserSessionQuerySet], HttpResponseBase | None]"
)


@admin.register(UserSession)
class UserSessionAdmin(
    EndSessionsMixin,
    SearchMixin,
    LiveColumnsMixin,
    AuditHistoryMixin,
    FastCheckboxesMixin,
    KeysetAdmin,
    ReadOnlyAdmin,
):
    """Sessions are listed by their ids, which are the seconds of their creation."""

    #: The class that shows ended sessions. A host that restricts these rows restricts those there.
    past_admin_class = PastSessionAdmin

    key = Key(UserSession, ("sid", "pk"))
    list_display = ["name", "owner", "client", "access", "times"]
    # The token's id is left out on purpose.
    fields = [
        "owner",
        "sessions_of_owner",
        "events_of_owner",
        "session_id",
        "name",
        "kind",
        "dialect",
        "state",
        "ip_address",
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

    @cached_property
    def past(self) -> PastSessionAdmin:
        """The list and the pages of ended sessions."""
        return self.past_admin_class(PastSession, self.admin_site)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the list, or that of ended sessions if their state is asked for."""
        if request.GET.get(STATE) == ENDED:
            return self.past.changelist_view(request, extra_context)
        return super().changelist_view(request, extra_context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show the page of a session, also after it has ended."""
        past = self.past.of_session(request, unquote(object_id))
        if past is not None and not UserSession.objects.filter(pk=past.session_pk).exists():
            return self.past.page(request, past)
        return super().change_view(request, object_id, form_url, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserSession]:
        """Prefetch the users of the rows that are read; a join would fetch those of all matches."""
        return super().get_queryset(request).prefetch_related("user")

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[SessionChangeList]:
        """Return the list that reads the common values for all filters at once."""
        return SessionChangeList

    def audit_query(self, row: UserSession) -> dict[str, object]:
        """Return the query for events of its owner that name it."""
        return {"subject": row.user_id, "session": row.sid}

    def find(self, term: str) -> Sequence[Indexed]:
        """Return the meanings of a search term."""
        return find_sessions(term)

    def time_of(self, cursor: Cursor) -> datetime:
        """Return the time of a session id, which is a UNIX timestamp."""
        return datetime.fromtimestamp(cursor[0], UTC)
