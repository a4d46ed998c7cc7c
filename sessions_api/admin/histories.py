"""The *History* of a row: its part of the audit log."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.translation import gettext

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.links import list_url, may_view
from sessions_api.models import AuditEvent

#: The query parameter for Django's own log of the admin's forms.
FORMS = "forms"


class AuditHistoryMixin(ModelAdmin):
    """Mixed into a ``ModelAdmin`` whose rows are written by services, which audit.

    Django's own log only knows what its forms have changed. The message on the audit log leads
    there, if it has entries.
    """

    def audit_query(self, row: Any) -> dict[str, object]:
        """Return the query of the audit log for a row."""
        raise NotImplementedError

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Redirect to the audit log of the row, for users who may view it."""
        row = self.get_object(request, unquote(object_id))
        if (
            row is None
            or FORMS in request.GET
            or not may_view(self.admin_site, request, AuditEvent)
        ):
            return super().history_view(request, object_id, extra_context)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        entries = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk)
        )
        if entries.exists():
            link = '<a href="{}?{}">{}</a>'
            text = gettext("Changes that were made in forms of the admin")
            messages.info(request, format_html(link, request.path, FORMS, text))
        return HttpResponseRedirect(list_url(self.admin_site, AuditEvent, **self.audit_query(row)))
