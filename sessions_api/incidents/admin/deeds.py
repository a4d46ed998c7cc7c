"""What is done from the room by one button: notes, taking part, closing, and each sign-out."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.translation import gettext

from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.incidents.admin.deed_forms import NoteForm
from sessions_api.incidents.admin.rooms import RoomPages
from sessions_api.incidents.exceptions import InvalidIncident, RequesterMayNoLonger
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.incidents.refusals import in_words
from sessions_api.incidents.services import incidents, mails, sign_outs
from sessions_api.services.audit import Actor

#: Within this time the same note by the same person is taken for a form that was sent twice.
TWICE = timedelta(minutes=1)


class DeedPages(RoomPages):
    """The URLs that buttons of the room post to. Each leads back there."""

    def deed_urls(self) -> list[URLPattern]:
        """Return the URLs."""
        wrap, prefix = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            self.incident_page("note", self.note_view),
            self.incident_page("join", self.join_view),
            self.incident_page("leave", self.leave_view),
            self.incident_page("close", self.close_view),
            self.incident_page("reopen", self.reopen_view),
            path(
                "<path:object_id>/sign-outs/<int:key>/",
                wrap(self.sign_out_view),
                name=f"{prefix}_sign_out",
            ),
            path("<path:object_id>/mails/<int:key>/", wrap(self.mail_view), name=f"{prefix}_mail"),
        ]

    def note_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write a note, or show the room with what is wrong with it."""
        form = NoteForm(request.POST)

        def again(request: HttpRequest, incident: Incident) -> HttpResponse:
            return self.room(request, incident, form)

        def write(incident: Incident) -> str:
            _write_once(incident, form.cleaned_data["text"], self.actor(request))
            return gettext("Wrote the note.")

        may_write = request.method == "POST" and self.has_change_permission(request)
        if may_write and not form.is_valid():
            return self.show(request, object_id, again)
        return self._work_on(request, object_id, write)

    def join_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take part."""

        def join(incident: Incident) -> str:
            incidents.join(incident, actor=self.actor(request))
            return gettext("You have joined. What you do is on the timeline from now on.")

        return self._work_on(request, object_id, join)

    def leave_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take part no longer."""

        def leave(incident: Incident) -> str:
            incidents.leave(incident, actor=self.actor(request))
            return gettext("You have left. What you do is not on the timeline any more.")

        return self._work_on(request, object_id, leave)

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close it."""

        def close(incident: Incident) -> str:
            incidents.close_incident(incident, actor=self.actor(request))
            return gettext("Closed.")

        return self._work_on(request, object_id, close)

    def reopen_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Reopen it."""

        def reopen(incident: Incident) -> str:
            incidents.reopen_incident(incident, actor=self.actor(request))
            return gettext("Reopened.")

        return self._work_on(request, object_id, reopen)

    def sign_out_view(self, request: HttpRequest, object_id: str, key: int) -> HttpResponse:
        """Approve, decline, stop or resume a sign-out, by the name of the button."""

        def decide(incident: Incident) -> str:
            actor = self.actor(request, END_SESSIONS)
            sign_out = _sign_out(incident, key)
            if "approve" in request.POST:
                return self._approve(request, sign_out, actor)
            if "decline" in request.POST:
                reason = request.POST.get("reason", "")
                declined = sign_outs.decline(sign_out, actor=actor, reason=reason)
                if declined.is_withdrawn:
                    return gettext("Withdrawn. Nothing was ended.")
                return gettext("Declined. Nothing was ended.")
            if "stop" in request.POST:
                sign_outs.stop(sign_out, actor=actor)
                return gettext("Stopped. The remaining sessions stay active.")
            if "resume" in request.POST:
                sign_outs.resume(sign_out, actor=actor)
                return gettext("Resumed.")
            raise InvalidIncident

        return self.perform(request, object_id, self.has_end_permission, decide)

    def mail_view(self, request: HttpRequest, object_id: str, key: int) -> HttpResponse:
        """Stop a mail."""

        def stop(incident: Incident) -> str:
            mail: OwnersMail | None = incident.mails.filter(pk=key).first()
            if mail is None:
                raise InvalidIncident
            mails.stop_mail(mail, actor=self.actor(request))
            return gettext("Stopped. Owners who have not been told yet are not told.")

        return self._work_on(request, object_id, stop)

    def _work_on(
        self, request: HttpRequest, object_id: str, deed: Callable[[Incident], str]
    ) -> HttpResponse:
        return self.perform(request, object_id, self.has_change_permission, deed)

    def _approve(self, request: HttpRequest, sign_out: SignOut, actor: Actor) -> str:
        try:
            sign_outs.approve(sign_out, actor=actor)
        except RequesterMayNoLonger as error:
            messages.warning(request, in_words(error))
            return ""
        return gettext("Approved. The sessions are being ended.")


def _sign_out(incident: Incident, key: int) -> SignOut:
    # In one query: the bulk sign-out may have been pruned.
    rows = incident.sign_outs.select_related("bulk_sign_out", "incident")
    sign_out: SignOut | None = rows.filter(pk=key).first()
    if sign_out is None:
        raise InvalidIncident
    return sign_out


def _write_once(incident: Incident, text: str, actor: Actor) -> None:
    """Write a note, unless it is the one that this person has just written.

    :raises IncidentConflict: it is closed.
    """
    with transaction.atomic():
        # Orders two forms that are sent at once.
        incidents.locked(incident.pk, actor)
        newest = incident.notes.filter(actor=actor.account.pk).order_by("-pk").first()
        is_same = newest is not None and newest.text == incidents.plain_lines(text)
        if not (newest and is_same and newest.at > timezone.now() - TWICE):
            incidents.add_note(incident, text, actor=actor)
