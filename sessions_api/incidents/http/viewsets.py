"""Viewsets of incidents, of their sign-outs, and of their mails to owners."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from django.db.models import F
from django.utils import timezone
from rest_framework.request import Request

from sessions_api.conf import api_settings
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.schemas import integer
from sessions_api.http.shapes import Page
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.parsing import page, parse_id
from sessions_api.incidents.background import worker
from sessions_api.incidents.exceptions import InvalidIncident
from sessions_api.incidents.http import job_shapes, shapes
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.incidents.services import incidents, mails, previews, sign_outs
from sessions_api.incidents.services.newest import newest
from sessions_api.incidents.services.searches import require_readable
from sessions_api.incidents.services.timeline import timeline

#: How many entries of a timeline are shown: the newest ones.
ENTRIES = 200


def _id(description: str) -> dict[str, object]:
    largest = 10**18 - 1
    return integer(description, minimum=1, maximum=largest, examples=[1])


class OfIncident(ApiViewSet):
    """Base class of viewsets for an incident and what belongs to it."""

    path_schemas: ClassVar = {
        "incident": _id("An incident's id."),
        "sign_out": _id("The id of a sign-out of the incident."),
        "mail": _id("The id of a mail of the incident."),
    }

    def find(self, incident: str) -> Incident:
        """Return the incident of an id in the path.

        :raises InvalidIncident: there is none.
        """
        found = Incident.objects.filter(pk=parse_id(incident) or 0).first()
        if found is None:
            raise InvalidIncident
        return found

    def created(self, body: dict[str, object], status: int) -> ApiResponse:
        """Return the response with something new, whose path begins with that of the request."""
        location = f"{self.request.path.rstrip('/')}/{body['id']}"
        return ApiResponse(body, status, {"Location": location})


class IncidentViewSet(OfIncident):
    """Lists, opens, shows, changes and closes incidents."""

    def list(self, request: Request) -> ApiResponse:
        rows = Incident.objects.order_by(F("closed_at").desc(nulls_first=True), "-pk")
        found = Page(rows.count(), list(rows[page(request)]))
        return ApiResponse(shapes.INCIDENT_LIST.render(found))

    def create(self, request: Request) -> ApiResponse:
        given = {"began_at": timezone.now(), **self.data}
        incident = incidents.open_incident(given.pop("name"), actor=self.actor, **given)
        return self.created(_shown(incident), 201)

    def retrieve(self, request: Request, incident: str) -> ApiResponse:
        return ApiResponse(_shown(self.find(incident)))

    def partial_update(self, request: Request, incident: str) -> ApiResponse:
        found = self.find(incident)
        return ApiResponse(_shown(incidents.change_incident(found, actor=self.actor, **self.data)))

    def close(self, request: Request, incident: str) -> ApiResponse:
        found = incidents.close_incident(self.find(incident), actor=self.actor)
        return ApiResponse(_shown(found))

    def reopen(self, request: Request, incident: str) -> ApiResponse:
        found = incidents.reopen_incident(self.find(incident), actor=self.actor)
        return ApiResponse(_shown(found))

    def join(self, request: Request, incident: str) -> ApiResponse:
        found = self.find(incident)
        incidents.join(found, actor=self.actor)
        return ApiResponse(_shown(found))

    def leave(self, request: Request, incident: str) -> ApiResponse:
        found = self.find(incident)
        incidents.leave(found, actor=self.actor)
        return ApiResponse(_shown(found))

    def write_note(self, request: Request, incident: str) -> ApiResponse:
        note = incidents.add_note(self.find(incident), self.data["text"], actor=self.actor)
        return ApiResponse(shapes.NOTE.render(note), 201)

    def show_timeline(self, request: Request, incident: str) -> ApiResponse:
        entries = timeline(self.find(incident), limit=ENTRIES)
        return ApiResponse(shapes.TIMELINE.render(entries))

    def preview(self, request: Request, incident: str) -> ApiResponse:
        shown = previews.preview(require_readable(self.find(incident)), actor=self.actor)
        needed = previews.needs_approval(shown, api_settings().INCIDENT_APPROVAL_ABOVE)
        return ApiResponse(shapes.PREVIEW.render((shown, needed)))


class SignOutViewSet(OfIncident):
    """Requests, shows, approves, stops and resumes the sign-outs of an incident."""

    def create(self, request: Request, incident: str) -> ApiResponse:
        found = self.find(incident)
        require_readable(found)
        sign_out = sign_outs.request_sign_out(found, actor=self.actor, reason=self.data["reason"])
        return self.created(job_shapes.SIGN_OUT.render(sign_out), 202)

    def retrieve(self, request: Request, incident: str, sign_out: str) -> ApiResponse:
        found = self._find(incident, sign_out)
        if not found.is_finished:
            worker().wake()
        return ApiResponse(job_shapes.SIGN_OUT.render(found))

    def stop(self, request: Request, incident: str, sign_out: str) -> ApiResponse:
        return self._decide(sign_outs.stop, incident, sign_out)

    def approve(self, request: Request, incident: str, sign_out: str) -> ApiResponse:
        return self._decide(sign_outs.approve, incident, sign_out)

    def decline(self, request: Request, incident: str, sign_out: str) -> ApiResponse:
        decline = partial(sign_outs.decline, reason=self.data.get("reason", ""))
        return self._decide(decline, incident, sign_out)

    def resume(self, request: Request, incident: str, sign_out: str) -> ApiResponse:
        return self._decide(sign_outs.resume, incident, sign_out)

    def _decide(self, decide: Callable[..., SignOut], incident: str, sign_out: str) -> ApiResponse:
        found = self._find(incident, sign_out)
        return ApiResponse(job_shapes.SIGN_OUT.render(decide(found, actor=self.actor)))

    def _find(self, incident: str, sign_out: str) -> SignOut:
        rows = SignOut.objects.filter(incident=self.find(incident))
        found = rows.filter(pk=parse_id(sign_out) or 0).first()
        if found is None:
            raise InvalidIncident
        return found


class OwnersMailViewSet(OfIncident):
    """Sends, shows and stops mails to the owners of the sessions that an incident has ended."""

    def create(self, request: Request, incident: str) -> ApiResponse:
        found = self.find(incident)
        text = self.data.get("text") or mails.suggested_text()
        mail = mails.tell_owners(found, text, actor=self.actor)
        return self.created(job_shapes.MAIL.render(mail), 202)

    def retrieve(self, request: Request, incident: str, mail: str) -> ApiResponse:
        found = self._find(incident, mail)
        if not found.is_finished:
            worker().wake()
        return ApiResponse(job_shapes.MAIL.render(found))

    def stop(self, request: Request, incident: str, mail: str) -> ApiResponse:
        found = mails.stop_mail(self._find(incident, mail), actor=self.actor)
        return ApiResponse(job_shapes.MAIL.render(found))

    def _find(self, incident: str, mail: str) -> OwnersMail:
        rows = OwnersMail.objects.filter(incident=self.find(incident))
        found = rows.filter(pk=parse_id(mail) or 0).first()
        if found is None:
            raise InvalidIncident
        return found


def _shown(incident: Incident) -> dict[str, object]:
    shown = shapes.ShownIncident(
        incident,
        participants=newest(incident.participations.filter(until=None)),
        sign_outs=newest(incident.sign_outs.all()),
        mails=newest(incident.mails.all()),
    )
    return shapes.INCIDENT.render(shown)
