"""The room of an incident: its state, its sessions, what is being done, and its timeline."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.urls.resolvers import URLPattern

from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_LOGIN
from sessions_api.admin.links import may_view, page_url
from sessions_api.callers.networks import read_network
from sessions_api.conf import api_settings
from sessions_api.databases.sizes import grouped
from sessions_api.incidents.admin.deed_forms import NoteForm
from sessions_api.incidents.admin.numbers import commons, number_of, previewed
from sessions_api.incidents.admin.pages import IncidentPages
from sessions_api.incidents.admin.searches import Described, described, search_of
from sessions_api.incidents.admin.timelines import Line, lines
from sessions_api.incidents.background import worker
from sessions_api.incidents.models import Incident, OwnersMail, SignOut, SignOutState
from sessions_api.incidents.services.mails import can_tell, untold
from sessions_api.incidents.services.previews import Preview, needs_approval, preview
from sessions_api.incidents.services.sign_outs import may_resume
from sessions_api.models import BulkSignOut
from sessions_api.services.audit import Actor

#: How many entries of the timeline the room shows. The report has them all.
SHOWN = 200


@dataclass(frozen=True)
class ShownSignOut:
    """A sign-out as the room shows it.

    :param previewed: how many sessions it was going to end, in words.
    :param url: the page of its bulk sign-out; empty if there is none that the user may view.
    :param may: what the user may do with it: ``approve``, ``decline``, ``stop``, ``resume``.
    """

    row: SignOut
    about: Described
    previewed: str
    ended: str
    is_own: bool
    url: str
    may: Collection[str]

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
        return self.show(request, object_id, self._room)

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the sign-outs and mails only, which takes few queries."""

        def part(request: HttpRequest, incident: Incident) -> HttpResponse:
            return self.page(request, "work.html", self._work(request, incident))

        return self.show(request, object_id, part)

    def _room(self, request: HttpRequest, incident: Incident) -> HttpResponse:
        people = list(incident.participations.filter(until=None).order_by("pk"))
        search = search_of(incident)
        context = {
            "title": incident.name,
            "people": people,
            "takes_part": any(one.actor_id == request.user.pk for one in people),
            "about": described(search),
            "may_open": self.has_add_permission(request),
            "may_change": self.has_change_permission(request),
            "may_end": self.has_end_permission(request),
            "switch_url": self._switch_url(request, incident),
            "can_tell": can_tell(),
            "untold": untold(incident),
            "owners": incident.owners.count(),
            "note_form": NoteForm(),
            "lines": self._lines(request, incident),
            "most_lines": SHOWN,
            **self._work(request, incident),
        }
        if incident.is_open and search and self.has_preview_permission(request):
            context |= preview_context(preview(search, actor=Actor.of(request)))
        return self.page(request, "room.html", context)

    def _work(self, request: HttpRequest, incident: Incident) -> dict[str, object]:
        # A process that has died may have left them.
        worker().wake()
        sign_outs = self._sign_outs(request, incident)
        mails = list(incident.mails.order_by("-pk"))
        return {
            "incident": incident,
            "may_change": self.has_change_permission(request),
            "sign_outs": sign_outs,
            "mails": mails,
            "is_running": any(one.is_running for one in sign_outs) or any(map(_is_sent, mails)),
            "is_telling": not all(one.is_finished for one in mails),
        }

    def _sign_outs(self, request: HttpRequest, incident: Incident) -> list[ShownSignOut]:
        rows = incident.sign_outs.select_related("bulk_sign_out").order_by("-pk")
        may_end = self.has_end_permission(request)
        sees_bulk = may_view(self.admin_site, request, BulkSignOut)
        return [
            ShownSignOut(
                row=one,
                about=described(search_of(one)),
                previewed=previewed(one.preview),
                ended=grouped(one.ended),
                is_own=(is_own := one.requested_by_id == request.user.pk),
                url=page_url(self.admin_site, one.bulk_sign_out)
                if sees_bulk and one.bulk_sign_out
                else "",
                may=_deeds(one, incident, request, is_own) if may_end else (),
            )
            for one in rows
        ]

    def _switch_url(self, request: HttpRequest, incident: Incident) -> str:
        """Return the page on which logins from the network are stopped; empty if there is none."""
        search = search_of(incident)
        network = read_network(search.network) if search else None
        if network is None or not self.admin_site.is_registered(KillSwitch):
            return ""
        pages = self.admin_site.get_model_admin(KillSwitch)
        if not (pages.has_view_permission(request) and pages.has_change_permission(request)):
            return ""
        url = reverse(
            "admin:killswitches_killswitch_change",
            args=[ACCOUNT_LOGIN.number],
            current_app=self.admin_site.name,
        )
        return f"{url}?{urlencode({'only_network': str(network)})}"

    def _lines(self, request: HttpRequest, incident: Incident) -> list[Line]:
        return lines(self.admin_site, request, incident, limit=SHOWN)


def preview_context(shown: Preview) -> dict[str, object]:
    """Return what pages show of a preview."""
    return {
        "preview": shown,
        "number": number_of(shown.sessions, shown.estimated),
        "commons": commons(shown),
        "needs_approval": needs_approval(shown, api_settings().INCIDENT_APPROVAL_ABOVE),
        "approval_above": api_settings().INCIDENT_APPROVAL_ABOVE,
    }


def _deeds(
    sign_out: SignOut, incident: Incident, request: HttpRequest, is_own: bool
) -> Collection[str]:
    """Return what somebody who may end sessions may do with a sign-out now."""
    match sign_out.state:
        case SignOutState.WAITING:
            may_approve = incident.is_open and not is_own
            return ("approve", "decline") if may_approve else ("decline",)
        case SignOutState.RUNNING:
            return ("stop",)
        case SignOutState.INTERRUPTED:
            can = may_resume(sign_out, Actor.of(request))
            return ("resume", "stop") if can else ("stop",)
    return ()


def _is_sent(mail: OwnersMail) -> bool:
    return mail.due_at is not None
