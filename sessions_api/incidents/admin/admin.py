"""The list of incidents, and the pages on which they are opened and changed."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.relative_times import recent_time
from sessions_api.accounts.lookup import lock
from sessions_api.admin.guards import authority_errors_as_403
from sessions_api.admin.listing.media import STYLES, script
from sessions_api.databases.sizes import grouped
from sessions_api.incidents.admin.deeds import DeedPages
from sessions_api.incidents.admin.ending import EndingPages
from sessions_api.incidents.admin.forms import IncidentForm
from sessions_api.incidents.admin.reports import ReportPages
from sessions_api.incidents.admin.searches import mark_of
from sessions_api.incidents.admin.telling import TellingPages
from sessions_api.incidents.admin.waiting import WAITING
from sessions_api.incidents.models import Incident, SignOut
from sessions_api.incidents.privileges import OPEN_INCIDENTS
from sessions_api.incidents.services.incidents import change_incident, open_incident
from sessions_api.incidents.services.searches import search_of
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch


@admin.register(Incident)
class IncidentAdmin(DeedPages, EndingPages, TellingPages, ReportPages):
    """Incidents, which are changed only by services."""

    actions = None
    list_display = ["title", "began", "opened", "by", "state", "ended"]
    list_display_links = ["title"]
    sortable_by = ()

    class Media:
        css = {"all": STYLES}
        js = [script("lists")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        """Add the number of sessions that each has ended, and whether a sign-out waits."""
        of_incident = SignOut.objects.filter(incident=OuterRef("pk")).order_by()
        sums = of_incident.values("incident")
        ended = Subquery(sums.annotate(sum=Sum("ended")).values("sum"))
        rows: QuerySet[Incident] = super().get_queryset(request)
        waits = Exists(of_incident.filter(WAITING))
        return rows.annotate(ended_sessions=Coalesce(ended, 0), waits=waits)

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """Order by open ones first, then the most recently closed."""
        return [OrderBy(F("closed_at"), descending=True, nulls_first=True), "-pk"]

    @admin.display(description=_("name"))
    def title(self, incident: Incident) -> str:
        """Return the name, which may be of another direction than the page, and the number."""
        return format_html("<bdi>{}</bdi> ({})", incident.name, str(incident.pk))

    @admin.display(description=_("began"))
    def began(self, incident: Incident) -> str:
        """Return when it began."""
        return recent_time(incident.began_at)

    @admin.display(description=_("opened"))
    def opened(self, incident: Incident) -> str:
        """Return when it was opened."""
        return recent_time(incident.opened_at)

    @admin.display(description=_("opened by"))
    def by(self, incident: Incident) -> str:
        """Return who has opened it."""
        return format_html("<bdi>{}</bdi>", incident.opened_by_name)

    @admin.display(description=_("state"))
    def state(self, incident: Incident) -> str:
        """Return whether it is open, and whether a sign-out in it waits for a second person."""
        if not incident.is_open:
            return gettext("closed")
        # The annotation above.
        waits = getattr(incident, "waits", False)
        text = gettext("open, waiting for approval") if waits else gettext("open")
        return format_html("<strong>{}</strong>", text)

    @admin.display(description=_("ended sessions"))
    def ended(self, incident: Incident) -> str:
        """Return how many sessions were ended."""
        # The other one.
        return grouped(getattr(incident, "ended_sessions", 0))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages below each room."""
        return [
            self.incident_page("edit", self.edit_view),
            *self.deed_urls(),
            *self.room_urls(),
            self.incident_page("end", self.end_view),
            self.incident_page("tell", self.tell_view),
            *self.report_urls(),
            path("add/", self.admin_site.admin_view(self.add_view), name=self._name("add")),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": gettext("Incidents")} | (extra_context or {})
        return super().changelist_view(request, context)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show the page on which an incident is opened, or open it and go to its room."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = IncidentForm(
            request.POST if request.method == "POST" else None,
            kept=SessionSearch(),
            initial={"began_at": timezone.now()},
        )
        if form.is_valid():
            return HttpResponseRedirect(self.room_url(self._open(request, form)))
        context = {"title": gettext("Open an incident"), "form": form, "is_new": True}
        return self.page(request, "edit.html", context)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the page on which an incident is changed, or change it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self.show(request, object_id, self._edit)

    def _edit(self, request: HttpRequest, incident: Incident) -> HttpResponse:
        search = search_of(incident)
        form = IncidentForm(
            request.POST if request.method == "POST" else None,
            kept=search or SessionSearch(),
            initial={
                "name": incident.name,
                "began_at": incident.began_at,
                "everybody": search is not None and search.is_for_everybody,
            },
        )
        shown = mark_of(incident.name, incident.began_at.isoformat(), incident.criteria)
        if request.method == "POST" and request.POST.get("shown") != shown:
            form.add_error(
                None,
                gettext(
                    "Somebody has changed this incident while this page was open. Nothing was "
                    "changed. Send it again to replace their change."
                ),
            )
        if form.is_valid():
            with self.conflicts_as_messages(request):
                change_incident(
                    incident,
                    actor=self.actor(request),
                    name=form.cleaned_data["name"],
                    began_at=form.cleaned_data["began_at"],
                    search=form.search(),
                )
                messages.success(request, gettext("Changed."))
            return HttpResponseRedirect(self.room_url(incident))
        context = {
            "title": gettext("Change the incident"),
            "form": form,
            "incident": incident,
            "shown": shown,
            "kept": form.kept_criteria(),
        }
        return self.page(request, "edit.html", context)

    def _open(self, request: HttpRequest, form: IncidentForm) -> Incident:
        """Open an incident, or return that of the same form, which was sent twice."""
        actor, search = Actor.of(request, OPEN_INCIDENTS), form.search()
        given = {"name": form.cleaned_data["name"], "began_at": form.cleaned_data["began_at"]}
        with authority_errors_as_403(), self.leaving_as_message(request), transaction.atomic():
            # Orders the two.
            lock(actor.account)
            same = Incident.objects.open().filter(
                opened_by=actor.account.pk, criteria=search.as_data(), **given
            )
            return same.first() or open_incident(**given, search=search, actor=actor)

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"
