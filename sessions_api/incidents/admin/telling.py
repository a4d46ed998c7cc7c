"""The page on which the owners of ended sessions are told."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, override

from sessions_api.incidents.admin.deed_forms import TellForm
from sessions_api.incidents.admin.pages import IncidentPages
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import Incident
from sessions_api.incidents.refusals import in_words
from sessions_api.incidents.services.mails import can_tell, suggested_text, tell_owners, untold


class TellingPages(IncidentPages):
    """The page *Tell owners*."""

    def tell_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the text of the mail, or send it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self.show(request, object_id, self._tell)

    def _tell(self, request: HttpRequest, incident: Incident) -> HttpResponse:
        number = untold(incident)
        if request.method != "POST" and (reason := _obstacle(incident, number)):
            messages.warning(request, in_words(IncidentConflict(reason)))
            return HttpResponseRedirect(self.room_url(incident))
        # Mails are in the site's language.
        with override(settings.LANGUAGE_CODE):
            text = suggested_text()
        form = TellForm(request.POST if request.method == "POST" else None, initial={"text": text})
        if form.is_valid():
            with self.conflicts_as_messages(request):
                tell_owners(
                    incident, form.cleaned_data["text"], actor=self.actor(request), once=True
                )
                messages.success(request, gettext("The owners are being told."))
            return HttpResponseRedirect(self.room_url(incident))
        context = {
            "title": gettext("Tell owners"),
            "incident": incident,
            "form": form,
            "untold": number,
        }
        return self.page(request, "tell.html", context)


def _obstacle(incident: Incident, number: int) -> str:
    """Return why nobody can be told now, as a reason of a conflict; empty if they can."""
    if not incident.is_open:
        return "closed"
    if not can_tell():
        return "mail_is_off"
    return "" if number else "nobody_to_tell"
