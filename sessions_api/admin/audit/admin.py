"""Viewing, searching and exporting the audit log in the admin."""

import dataclasses
import functools
import json
from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import BadRequest
from django.db.models import Max, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from killswitches.relative_times import recent_time
from killswitches.services import try_to_record_lapses
from sessions_api.admin.audit.between import BetweenFilter
from sessions_api.admin.audit.exports import FORMATS, LOG
from sessions_api.admin.audit.filters import FieldsFilter, KindFilter, WhenFilter
from sessions_api.admin.audit.search import SEARCH_HELP, Condition, find_events
from sessions_api.admin.audit.sessions import name_sessions, session_ids, session_links
from sessions_api.admin.guards import ReadOnlyAdmin
from sessions_api.admin.links import may_view, user_link
from sessions_api.admin.listing.keyset import KeysetAdmin, KeysetChangeList
from sessions_api.admin.listing.search import NO_INDEX
from sessions_api.databases.windows import Key, ReadPlan, plan_read, read_page
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor, event
from sessions_api.services.audit_exports import stream

SUMMARY_LENGTH = 200
#: The maximum number of sessions of an event that are named in the list, and on its page.
IN_LIST, ON_PAGE = 3, 100
#: The number of events of an export that are in memory at a time.
CHUNK = 2_000


class EventList(KeysetChangeList):
    """The list of events, which can also be read as a whole for exports."""

    #: Each is an ``EventFilter``.
    filter_specs: list[Any]
    #: Each page would read up to 10,000 events more.
    counts_indexed = False

    @functools.cached_property
    def plan(self) -> ReadPlan:
        """How the rows are read. Events have more indexes than sessions."""
        asked = [one for spec in self.filter_specs for one in spec.conditions]
        if self.searched is not None:
            asked.insert(0, self.searched)
        if not asked:
            # All events, or those of a period, are read in index order.
            return ReadPlan()
        known = [one for one in asked if all(part.sorted_by != NO_INDEX for part in one)]
        key = self.model_admin.key
        plan = plan_read(self.root_queryset, key, known, exact=len(asked) == 1)
        if plan.windows_of is None:
            return plan
        # In every index the time follows the column, so the window can be limited to the period.
        span = (spec.span for spec in self.filter_specs)
        return dataclasses.replace(plan, windows_of=plan.windows_of.filter(*span))

    @functools.cached_property
    def result_list(self) -> list[Model]:
        """The events of the page, with the names of sessions for those who may view them."""
        if self.shows_sessions:
            name_sessions(cast(list[AuditEvent], self.page.rows), IN_LIST)
        return self.page.rows

    def get_results(self, request: HttpRequest) -> None:
        """Prepare the page."""
        super().get_results(request)
        self.shows_sessions = may_view(self.model_admin.admin_site, request, UserSession)

    def chunks(self) -> Iterator[list[AuditEvent]]:
        """Yield all events of the list as of now, the newest first, in chunks."""
        newest = AuditEvent.objects.aggregate(pk=Max("pk"))["pk"] or 0
        return self._chunks(self.queryset.filter(pk__lte=newest).prefetch_related(None))

    def _chunks(self, rows: QuerySet[AuditEvent]) -> Iterator[list[AuditEvent]]:
        plan, cursor = self.plan, None
        while True:
            page = read_page(rows, self.model_admin.key, CHUNK, plan=plan, cursor=cursor)
            yield cast(list[AuditEvent], page.rows)
            if (cursor := page.older) is None:
                return


@admin.register(AuditEvent)
class AuditEventAdmin(KeysetAdmin, ReadOnlyAdmin):
    """The log is append-only: nobody may change or delete events, not even superusers."""

    key = Key(AuditEvent, ("at", "pk"))
    list_display = ["when", "kind", "actor_link", "subject_link", "address", "summary"]
    fields = [
        *("when", "kind", "actor_link", "subject_link"),
        *("address", "user_agent", "request_id", "sessions", "details"),
    ]
    list_filter = [FieldsFilter, BetweenFilter, WhenFilter, KindFilter]
    # Makes Django show the search box. The search itself is in find().
    search_fields = ["actor_name"]
    search_help_text = SEARCH_HELP

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Prefetch both accounts, which are None if they have been deleted."""
        # A join would drop the events of deleted accounts.
        return super().get_queryset(request).prefetch_related("actor", "subject")

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        """Return the list that uses the indexes of events."""
        return EventList

    def find(self, term: str) -> Condition:
        """Return the meanings of a search term."""
        return find_events(term)

    def get_urls(self) -> list[URLPattern]:
        """Add the URLs of exports."""
        export = self.admin_site.admin_view(require_GET(self.export_view))
        own = path("export.<str:extension>", export, name="sessions_api_auditevent_export")
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the list, with links to exports, after recording lapses of kill switches."""
        try_to_record_lapses()
        formats = {"export_formats": FORMATS}
        return super().changelist_view(request, formats | (extra_context or {}))

    def export_view(self, request: HttpRequest, extension: str) -> HttpResponseBase:
        """Export all events that match the list's query, and audit the export.

        :raises PermissionDenied: the user may not view the list.
        :raises BadRequest: a filter has an invalid value.
        """
        if extension not in FORMATS:
            raise Http404
        # The list checks permissions and filters as for its page.
        page = self.changelist_view(request)
        if not isinstance(page, TemplateResponse) or page.context_data is None:
            raise BadRequest("The list cannot be exported")
        events: EventList = page.context_data["cl"]
        if not all(spec.is_valid for spec in events.filter_specs):
            raise BadRequest("Unknown filter, or invalid value")
        chunks = events.chunks()
        exported = event(
            AuditEvent.Kind.AUDIT_EXPORTED,
            Actor.of(request),
            format=extension,
            filters=events.params,
        )
        exported.save()
        return stream(chunks, LOG, extension=extension, name=f"Audit export {exported.pk}")

    def get_fields(self, request: HttpRequest, obj: AuditEvent | None = None) -> list[Any]:
        """Leave out the sessions if it mentions none, or the user may not view them."""
        fields = list(super().get_fields(request, obj))
        if obj is None or not (
            session_ids(obj) and may_view(self.admin_site, request, UserSession)
        ):
            fields.remove("sessions")
        return fields

    @admin.display(description=_("time"))
    def when(self, event: AuditEvent) -> str:
        """Return when it was recorded."""
        return recent_time(event.at)

    @admin.display(description=_("by"))
    def actor_link(self, event: AuditEvent) -> str:
        """Return the username that the account had at the time, as a link."""
        return self._account(event.actor, event.actor_name)

    @admin.display(description=_("user"))
    def subject_link(self, event: AuditEvent) -> str:
        """Return the username that the account had at the time, as a link."""
        return self._account(event.subject, event.subject_name)

    @admin.display(description=_("sessions"))
    def sessions(self, event: AuditEvent) -> str:
        """Return links to the sessions that it mentions."""
        name_sessions([event], ON_PAGE)
        links = session_links(self.admin_site, event, ON_PAGE)
        return links or self.get_empty_value_display()

    @admin.display(description=_("details"))
    def summary(self, event: AuditEvent) -> str:
        """Return the detail, shortened to one line. Known sessions have names and links."""
        links = session_links(self.admin_site, event, IN_LIST)
        parts = (
            f"{name}: {_text(value)}"
            for name, value in event.detail.items()
            if not (links and name in {"session", "sessions"})
        )
        text = Truncator("; ".join(parts)).chars(SUMMARY_LENGTH)
        # In a text from right to left, a browser would reverse the groups of an IPv6 address.
        isolated = format_html("<bdi>{}</bdi>", text) if text else ""
        return format_html_join("; ", "{}", [(part,) for part in (links, isolated) if part])

    @admin.display(description=_("details"))
    def details(self, event: AuditEvent) -> str:
        """Return the detail in full."""
        lines = json.dumps(event.detail, indent=2, ensure_ascii=False)
        return format_html('<pre dir="ltr">{}</pre>', lines)

    def _account(self, account: AbstractBaseUser | None, name: str) -> str:
        return name if account is None else user_link(self.admin_site, account.pk, name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
