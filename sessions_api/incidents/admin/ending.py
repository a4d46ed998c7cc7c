"""The page that confirms the end of the sessions that an incident is about."""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.conf import api_settings
from sessions_api.incidents.admin.deed_forms import EndForm
from sessions_api.incidents.admin.own_logins import includes_own_login
from sessions_api.incidents.admin.pages import IncidentPages
from sessions_api.incidents.admin.rooms import preview_context
from sessions_api.incidents.admin.searches import described, mark_of
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import Incident, SignOutState
from sessions_api.incidents.refusals import in_words
from sessions_api.incidents.services.previews import preview
from sessions_api.incidents.services.searches import search_of
from sessions_api.incidents.services.sign_outs import request_sign_out
from sessions_api.services.audit import Actor


class EndingPages(IncidentPages):
    """The page *End these sessions*."""

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would end, or end it, or ask somebody else to approve it."""
        if not self.has_end_permission(request):
            raise PermissionDenied
        return self.show(request, object_id, self._end)

    def _end(self, request: HttpRequest, incident: Incident) -> HttpResponse:
        search = search_of(incident)
        if search is None or not incident.is_open:
            reason = "unreadable_filter" if incident.is_open else "closed"
            messages.warning(request, in_words(IncidentConflict(reason)))
            return HttpResponseRedirect(self.room_url(incident))
        newest = incident.sign_outs.order_by("-pk").first()
        seen = newest.pk if newest else 0
        shown = mark_of(incident.criteria)
        form = EndForm(
            request.POST if request.method == "POST" else None,
            everybody=search.is_for_everybody,
            alone=api_settings().INCIDENT_APPROVAL_ABOVE is not None,
            initial={"seen": seen, "shown": shown},
        )
        if form.is_valid():
            if form.cleaned_data["shown"] != shown:
                form.add_error(None, in_words(IncidentConflict("changed")))
            elif newest and form.cleaned_data["seen"] != seen:
                if newest.requested_by_id == request.user.pk:
                    # The same form was sent twice.
                    return HttpResponseRedirect(self.room_url(incident))
                form.add_error(None, _forestalled(newest.requested_by_name))
            else:
                return self._request(request, incident, form.cleaned_data)
        found = preview(search, actor=Actor.of(request))
        if found.sessions == 0:
            messages.warning(request, gettext("No active session matches; nothing was changed."))
            return HttpResponseRedirect(self.room_url(incident))
        context = preview_context(found)
        if not context["needs_approval"]:
            form.leave_out_alone()
        context |= {
            "title": gettext("End these sessions"),
            "incident": incident,
            "form": form,
            "hidden": {"seen": seen, "shown": shown},
            "about": described(search),
            "ends_own_login": includes_own_login(request, search),
            "may_see": self.has_preview_permission(request),
        }
        return self.page(request, "end.html", context)

    def _request(
        self, request: HttpRequest, incident: Incident, confirmed: Mapping[str, str]
    ) -> HttpResponse:
        with self.conflicts_as_messages(request):
            sign_out = request_sign_out(
                incident,
                actor=self.actor(request, END_SESSIONS),
                reason=confirmed["reason"],
                alone_because=confirmed.get("alone_because", ""),
                once=True,
            )
            if sign_out.state is SignOutState.WAITING:
                text = gettext("Nothing was ended yet: a second person has to approve it first.")
                messages.warning(request, text)
            else:
                text = gettext("The sessions are being ended. The progress is shown below.")
                messages.success(request, text)
        return HttpResponseRedirect(self.room_url(incident))


def _forestalled(name: str) -> str:
    text = gettext(
        "%(name)s has requested a sign-out while this page was open, so you have ended nothing. "
        "Send this again if sessions are left."
    )
    return text % {"name": name}
