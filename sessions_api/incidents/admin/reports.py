"""The report of an incident: a page to print, and the same as a file."""

from datetime import UTC

from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.translation import gettext

from sessions_api.admin.guards import recheck_permissions
from sessions_api.incidents.admin.outcomes import outcome_of
from sessions_api.incidents.admin.pages import IncidentPages
from sessions_api.incidents.admin.searches import all_described, described
from sessions_api.incidents.admin.timelines import plain_lines
from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.models import Incident
from sessions_api.incidents.privileges import VIEW_INCIDENTS
from sessions_api.incidents.services.incidents import record_of
from sessions_api.incidents.services.mails import untold
from sessions_api.incidents.services.newest import newest
from sessions_api.incidents.services.participants import participants
from sessions_api.incidents.services.searches import search_of
from sessions_api.services.audit import Actor

#: The maximum number of entries of the timeline; the newest ones are kept.
MOST = 10_000


class ReportPages(IncidentPages):
    """The page of the report, and its file."""

    def report_urls(self) -> list[URLPattern]:
        """Return the URLs."""
        return [
            self.incident_page("report", self.report_view),
            self.incident_page("report_file", self.report_file_view),
        ]

    def report_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the report."""

        def page(request: HttpRequest, incident: Incident) -> HttpResponse:
            return self.page(request, "report.html", self._report(request, incident))

        return self.show(request, object_id, page)

    def report_file_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the report as one HTML file, and audit that."""
        return self.show(request, object_id, self._file)

    def _file(self, request: HttpRequest, incident: Incident) -> HttpResponse:
        with transaction.atomic():
            recheck_permissions(self, request, "view", incident)
            record_of(IncidentEvent.REPORTED, incident, Actor.of(request, VIEW_INCIDENTS))
        content = self._report(request, incident)
        html = render_to_string("admin/sessions_api_incidents/report_file.html", content)
        # SQLite stores lone surrogates in JSON.
        data = html.encode(errors="backslashreplace")
        response = HttpResponse(data, content_type="text/html; charset=utf-8")
        now = timezone.now().astimezone(UTC)
        name = f"incident-{incident.pk}-{now:%Y%m%dT%H%M%SZ}.html"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _report(self, request: HttpRequest, incident: Incident) -> dict[str, object]:
        return _report(incident) | {"may_preview": self.has_preview_permission(request)}


def _report(incident: Incident) -> dict[str, object]:
    """Return what the report says."""
    sign_outs, mails = newest(incident.sign_outs.all()), newest(incident.mails.all())
    lines = plain_lines(incident, limit=MOST)
    rows = sign_outs.oldest_first()
    abouts = all_described([search_of(one) for one in rows])
    ended = incident.sign_outs.aggregate(sum=Sum("ended", default=0))["sum"]
    told = incident.mails.aggregate(told=Sum("told", default=0), skipped=Sum("skipped", default=0))
    return {
        "title": gettext("Report: %(name)s") % {"name": incident.name},
        "incident": incident,
        "about": described(search_of(incident)),
        "participants": participants(incident),
        "sign_outs": list(zip(map(outcome_of, rows), abouts, strict=True)),
        "more_sign_outs": sign_outs.more,
        "mails": mails.oldest_first(),
        "more_mails": mails.more,
        "figures": [
            (gettext("Ended sessions"), ended),
            (gettext("Owners of ended sessions"), incident.owners.count()),
            (gettext("Owners told"), told["told"]),
            (gettext("Owners who cannot be told"), told["skipped"]),
            (gettext("Owners not told"), untold(incident)),
        ],
        "lines": lines,
        "is_cut": len(lines) == MOST,
        "most": MOST,
        "now": timezone.now(),
    }
