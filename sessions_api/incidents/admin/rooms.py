"""The room of an incident: its state, its sessions, what is being done, and its timeline."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
)
from django.urls.resolvers import URLPattern

from sessions_api.admin.links import may_view, page_url
from sessions_api.conf import api_settings
from sessions_api.databases.sizes import grouped
from sessions_api.incidents.admin.deed_forms import NoteForm
from sessions_api.incidents.admin.login_switch import login_switch
from sessions_api.incidents.admin.numbers import Stored, commons, number_of, stored
from sessions_api.incidents.admin.own_logins import ending_own_login
from sessions_api.incidents.admin.pages import IncidentPages
from sessions_api.incidents.admin.searches import Described, all_described, described
from sessions_api.incidents.admin.timelines import Line, lines
from sessions_api.incidents.background import worker
from sessions_api.incidents.models import Incident, Job, OwnersMail, SignOut, SignOutState
from sessions_api.incidents.models.jobs import REASON_LENGTH
from sessions_api.incidents.services.mails import can_tell, untold
from sessions_api.incidents.services.newest import newest
from sessions_api.incidents.services.previews import Preview, needs_approval, preview
from sessions_api.incidents.services.runs import may_resume
from sessions_api.incidents.services.searches import search_of
from sessions_api.models import BulkSignOut
from sessions_api.services.audit import Actor

J = TypeVar("J", bound=Job)

#: How many entries of the timeline the room shows. The report has them all.
SHOWN = 200


@dataclass(frozen=True)
class ShownSignOut:
    """A sign-out as the room shows it.

    :param shown: what its preview has shown.
    :param url: the page of its bulk sign-out; empty if there is none that the user may view.
    :param may: what the user may do with it: ``approve``, ``decline``, ``stop``, ``resume``.
    :param ends_own_login: whether it ends the user's login to the console if they do that.
    """

    row: SignOut
    about: Described
    shown: Stored
    ended: str
    is_own: bool
    url: str
    may: Collection[str]
    ends_own_login: bool

    @property
    def is_running(self) -> bool:
        """Whether it changes by itself."""
        return self.row.state is SignOutState.RUNNING

    @property
    def passed(self) -> str:
        """How much of the table it has passed, in percent."""
        bulk = self.row.bulk_sign_out
        return f"{bulk.passed:.6g}" if bulk else ""

    @property
    def percent(self) -> int:
        """The same, rounded down."""
        return self.row.bulk_sign_out.percent if self.row.bulk_sign_out else 0


class RoomPages(IncidentPages):
    """The room, and the part of it that a script asks for while something runs."""

    def room_urls(self) -> list[URLPattern]:
        """Return the URL of that part."""
        return [self.incident_page("progress", self.progress_view)]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show the room. What is done in it has URLs of its own."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.show(request, object_id, self.room)

    def room(
        self, request: HttpRequest, incident: Incident, note_form: NoteForm | None = None
    ) -> HttpResponse:
        """Return the room.

        :param note_form: what was wrong with a note; None for an empty form.
        """
        # First, so that the script follows what was still running, whatever the rest shows.
        work = self._work(request, incident)
        present = incident.participations.filter(until=None)
        search = search_of(incident)
        context = {
            "title": incident.name,
            "people": newest(present).oldest_first(),
            # They may have joined before those who are shown.
            "takes_part": present.filter(actor=request.user.pk).exists(),
            "about": described(search),
            "login_switch": login_switch(
                self.admin_site, request, search, back=self.room_url(incident)
            ),
            "can_tell": can_tell(),
            "untold": untold(incident),
            "owners": incident.owners.count(),
            "note_form": note_form or NoteForm(),
            "lines": self._lines(request, incident),
            "most_lines": SHOWN,
            **work,
        }
        if incident.is_open and search and self.has_preview_permission(request):
            context |= preview_context(preview(search, actor=Actor.of(request)))
        return self.page(request, "room.html", context)

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the sign-outs and mails only, which takes few queries."""
        incident = self.find(request, object_id)
        if incident is None:
            # The script that asks cannot read where a redirect leads to.
            return HttpResponseNotFound()
        return self.page(request, "work.html", self._work(request, incident))

    def _work(self, request: HttpRequest, incident: Incident) -> dict[str, object]:
        # A process that has died may have left them.
        worker().wake()
        found = newest(incident.sign_outs.select_related("bulk_sign_out"))
        sign_outs = self._sign_outs(request, incident, unfinished_first(found.rows))
        mails = newest(incident.mails.all())
        return {
            "incident": incident,
            "may_change": self.has_change_permission(request),
            "may_end": self.has_end_permission(request),
            "may_preview": self.has_preview_permission(request),
            "reason_length": REASON_LENGTH,
            "sign_outs": sign_outs,
            "more_sign_outs": found.more,
            "mails": unfinished_first(mails.rows),
            "more_mails": mails.more,
            "is_under_way": not all(one.is_finished for one in (*found.rows, *mails.rows)),
            "is_running": any(one.is_running for one in sign_outs)
            or any(map(_is_sent, mails.rows)),
            "is_telling": not all(one.is_finished for one in mails.rows),
        }

    def _sign_outs(
        self, request: HttpRequest, incident: Incident, rows: Sequence[SignOut]
    ) -> list[ShownSignOut]:
        may_end = self.has_end_permission(request)
        may = {one.pk: _deeds(one, incident, request) if may_end else () for one in rows}
        sees_bulk = may_view(self.admin_site, request, BulkSignOut)
        begun = [one for one in rows if {"approve", "resume"} & {*may[one.pk]}]
        abouts = all_described([search_of(one) for one in rows])
        ends_own_login = ending_own_login(request, begun)
        return [
            ShownSignOut(
                row=one,
                about=about,
                shown=stored(one),
                ended=grouped(one.ended),
                is_own=_is_own(one, request),
                url=page_url(self.admin_site, one.bulk_sign_out)
                if sees_bulk and one.bulk_sign_out
                else "",
                may=may[one.pk],
                ends_own_login=one.pk in ends_own_login,
            )
            for one, about in zip(rows, abouts, strict=True)
        ]

    def _lines(self, request: HttpRequest, incident: Incident) -> list[Line]:
        return lines(self.admin_site, request, incident, limit=SHOWN)


def unfinished_first(rows: Sequence[J]) -> list[J]:
    """Return jobs in their order, with those first about which somebody may have to decide."""
    return sorted(rows, key=lambda one: one.is_finished)


def preview_context(shown: Preview) -> dict[str, object]:
    """Return what pages show of a preview."""
    return {
        "preview": shown,
        "number": number_of(shown.sessions, shown.estimated),
        "commons": commons(shown),
        "needs_approval": needs_approval(shown, api_settings().INCIDENT_APPROVAL_ABOVE),
        "approval_above": api_settings().INCIDENT_APPROVAL_ABOVE,
    }


def _is_own(sign_out: SignOut, request: HttpRequest) -> bool:
    return sign_out.requested_by_id == request.user.pk


def _deeds(sign_out: SignOut, incident: Incident, request: HttpRequest) -> Collection[str]:
    """Return what somebody who may end sessions may do with a sign-out now."""
    match sign_out.state:
        case SignOutState.WAITING:
            may_approve = incident.is_open and not _is_own(sign_out, request)
            return ("approve", "decline") if may_approve else ("decline",)
        case SignOutState.RUNNING:
            return ("stop",)
        case SignOutState.INTERRUPTED:
            can = may_resume(sign_out, Actor.of(request))
            return ("resume", "stop") if can else ("stop",)
    return ()


def _is_sent(mail: OwnersMail) -> bool:
    return mail.due_at is not None
