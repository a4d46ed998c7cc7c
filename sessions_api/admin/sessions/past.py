"""Ended sessions: the state *ended* of the list of sessions, and their pages."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.relative_times import recent_time
from killswitches.times import full_time
from sessions_api.accounts.lookup import find_accounts
from sessions_api.admin.guards import ReadOnlyAdmin
from sessions_api.admin.links import ENDED, STATE, list_url, may_view, session_url, user_link
from sessions_api.admin.listing.keyset import KeysetAdmin
from sessions_api.admin.listing.search import (
    NO_INDEX,
    SESSION_HELP,
    find_addresses,
    find_session_ids,
    read_number,
)
from sessions_api.admin.sessions.columns import SessionColumnsMixin, lines
from sessions_api.admin.sessions.common_values import (
    BrowserFilter,
    DialectFilter,
    LocationFilter,
    OperatingSystemFilter,
    SessionChangeList,
)
from sessions_api.admin.sessions.filters import CreationFilter
from sessions_api.admin.sessions.past_filters import (
    CauseFilter,
    EndedFilter,
    PastKindFilter,
    PastOwnerFilter,
)
from sessions_api.databases.windows import Cursor, Indexed, Key
from sessions_api.models import PastSession, UserSession
from sessions_api.models.accounts import DeletedAccount

#: The query parameter in which the admin's pages remember the query of the list.
FILTERS = "_changelist_filters"


class PastSessionList(SessionChangeList):
    """The list of ended sessions, which is a state of the list of sessions."""

    def url_for_result(self, result: Model) -> str:
        """Return the address that the session has always had."""
        assert isinstance(result, PastSession)
        return session_url(self.model_admin.admin_site, result.session_pk)


class PastSessionAdmin(SessionColumnsMixin, KeysetAdmin, ReadOnlyAdmin):
    """What :class:`~.admin.UserSessionAdmin` shows of sessions that have ended.

    It is not registered: it has the addresses and the permissions of sessions.
    """

    key = Key(PastSession, ("pk",))
    actions = None
    list_display = ["name", "owner", "client", "access", "times"]
    fields = [
        *(
            "owner",
            "ended_sessions_of_owner",
            "events_of_owner",
            "session_id",
            "name",
            "kind",
            "dialect",
        ),
        *("ended", "how", "ended_by", "why"),
        *("ip_address", "location", "device", "platform", "sort", "user_agent"),
        *("created", "last_used", "expires"),
    ]
    list_filter = [
        PastOwnerFilter,
        EndedFilter,
        CauseFilter,
        PastKindFilter,
        ("created_at", CreationFilter),
        "ended_at",
        OperatingSystemFilter,
        BrowserFilter,
        DialectFilter,
        LocationFilter,
    ]
    list_per_page = 50
    # Makes Django show the search box. The search itself is in `find`.
    search_fields = ["user", "sid", "address"]
    search_help_text = SESSION_HELP

    class Media:
        css = {"all": ["sessions_api/sessions.css"]}

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Require the permission to view sessions."""
        return may_view(self.admin_site, request, UserSession)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PastSession]:
        """Prefetch the users; a join would drop the sessions of deleted ones."""
        return super().get_queryset(request).prefetch_related("user")

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[SessionChangeList]:
        """Return the list that links to the addresses of sessions."""
        return PastSessionList

    def find(self, term: str) -> Sequence[Indexed]:
        """Return the meanings of a search term. No index finds addresses."""
        owners = [Indexed.equal("user_id", key, sorted_by="pk") for key in find_accounts(term)]
        addresses = [Indexed(one.condition, NO_INDEX) for one in find_addresses(term)]
        return [*owners, *find_session_ids(term), *addresses]

    def time_of(self, cursor: Cursor) -> datetime:
        """Return when the sessions of a cursor ended."""
        ended = PastSession.objects.filter(pk__lte=cursor[0]).values_list("ended_at", flat=True)
        return ended.first() or timezone.now()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the list, as one of sessions."""
        return _of_sessions(super().changelist_view(request, extra_context))

    def of_session(self, request: HttpRequest, session_pk: str) -> PastSession | None:
        """Return the session that had a primary key, if it has ended."""
        key = read_number(session_pk)
        return None if key is None else self.get_queryset(request).filter(session_pk=key).first()

    def page(self, request: HttpRequest, past: PastSession) -> HttpResponse:
        """Return the page of an ended session, with a link back to the list that led to it."""
        query = QueryDict(request.GET.get(FILTERS, "")).dict() or {STATE: ENDED}
        back = list_url(self.admin_site, UserSession, **query)
        shown = {"list_url": back, "original": str(past)}
        return _of_sessions(self.change_view(request, str(past.pk), "", shown))

    def get_preserved_filters(self, request: HttpRequest) -> str:
        """Return what the links of the list remember of it, under the name that Django uses."""
        is_list = request.GET.get(STATE) == ENDED
        return urlencode({FILTERS: request.GET.urlencode()}) if is_list else ""

    @admin.display(description=_("user"))
    def owner(self, session: PastSession) -> str:
        """Return the owner, as a link."""
        if isinstance(session.user, DeletedAccount):
            return gettext("deleted user %(id)s") % {"id": session.user.pk}
        return user_link(self.admin_site, session.user_id, session.user.get_username())

    @admin.display(description=_("the user's ended sessions"))
    def ended_sessions_of_owner(self, session: PastSession) -> str:
        """Return a link to all ended sessions of the same user."""
        url = list_url(self.admin_site, UserSession, **{STATE: ENDED}, user=session.user_id)
        return format_html('<a href="{}">{}</a>', url, gettext("See all ended sessions"))

    @admin.display(description=_("ended"))
    def ended(self, session: PastSession) -> str:
        """Return when it ended."""
        return recent_time(session.ended_at)

    @admin.display(description=_("how"))
    def how(self, session: PastSession) -> str:
        """Return what has ended it, in words."""
        return session.cause_label

    @admin.display(description=_("ended by"))
    def ended_by(self, session: PastSession) -> str:
        """Return who has ended it, as a link."""
        if session.actor_id is None or isinstance(session.actor, DeletedAccount):
            return session.actor_name or self.get_empty_value_display()
        return user_link(self.admin_site, session.actor_id, session.actor_name)

    @admin.display(description=_("reason"))
    def why(self, session: PastSession) -> str:
        """Return the reason, in the words of whoever has ended it."""
        return session.reason or self.get_empty_value_display()

    @admin.display(description=_("expires"))
    def expires(self, session: PastSession) -> str:
        """Return when it would have expired."""
        return full_time(session.expires_at)

    @admin.display(description=_("state"))
    def times(self, session: PastSession) -> str:
        """Return when, how, by whom and why it ended, and when it was created and last used."""
        used = recent_time(session.used_at)
        return lines(
            format_html(gettext("ended {time}"), time=recent_time(session.ended_at)),
            " · ".join(filter(None, [session.cause_label, session.actor_name, session.reason])),
            format_html(gettext("created {time}"), time=recent_time(session.created_at)),
            format_html(gettext("last used {time}"), time=used) if used else gettext("never used"),
        )


def _of_sessions(response: HttpResponse) -> HttpResponse:
    """Tell the templates that it is a page of sessions: themes reverse the addresses of a model.

    :param response: a page of ended sessions, whose model has no addresses.
    """
    if isinstance(response, TemplateResponse):
        response.context_data = {
            **(response.context_data or {}),
            "opts": UserSession._meta,
            "is_ended": True,
        }
    return response
