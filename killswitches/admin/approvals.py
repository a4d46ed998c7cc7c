"""Requests for a second person in the Django admin."""

from collections import defaultdict
from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from .. import impact, previews
from ..approvals import services
from ..approvals.endings import newest_requests, try_to_record_expiries, waiting_requests
from ..approvals.errors import CannotDecide
from ..approvals.people import Person
from ..flip_requests import PATIENCE, FlipRequest
from ..registry import Switch, UnknownSwitch
from ..second_person import needs_second_person
from ..services import InvalidUntil, SwitchChanged, states
from ..times import plain_time
from .conflicts import conflict_message
from .pages import SwitchPages

#: The name of the button that declines or withdraws a request.
DECLINE = "decline"

MINUTES_OF_PATIENCE = int(PATIENCE.total_seconds() // 60)


class ApprovalPages(SwitchPages):
    """The page of a request, and what the pages of switches show of requests."""

    def request_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Show a request, with what it would do now, and the buttons that confirm or decline it."""
        require = self.require_change if request.method == "POST" else self.require_view
        require(request)
        try_to_record_expiries()
        wanted = FlipRequest.objects.filter(pk=key).first()
        try:
            switch = wanted.switch if wanted else None
        except UnknownSwitch as error:
            raise Http404(str(error)) from error
        if wanted is None or switch is None:
            raise Http404("There is no such request.")
        if request.method == "POST":
            self._decide(request, wanted)
            return self.leave(request)
        context = {
            "title": gettext("Request: %(switch)s") % {"switch": switch.name},
            "wanted": wanted,
            "state": next(state for state in states() if state.switch == switch),
            "is_own": Person(request.user).is_requester_of(wanted),  # type: ignore[arg-type]
            "preview": previews.preview_of(switch, wanted.conditions) if wanted.only_for else None,
            "has_previews": previews.is_provided(),
            "endpoints": impact.endpoints_of(switch),
            "impact": impact.impact_of(switch),
            "minutes": int(impact.WINDOW.total_seconds() // 60),
        }
        return self.page(request, "request.html", context)

    def waiting_by_switch(self) -> Mapping[int, list[FlipRequest]]:
        """Return the waiting requests by the number of their switch."""
        found: dict[int, list[FlipRequest]] = defaultdict(list)
        for one in waiting_requests():
            found[one.number].append(one)
        return found

    def approval_context(self, switch: Switch) -> dict[str, object]:
        """Return what the page of a switch shows of requests. Takes no query if it needs none."""
        needed = needs_second_person(switch)
        return {
            "needs_second_person": needed,
            "patience": MINUTES_OF_PATIENCE,
            "requests": newest_requests(switch) if needed else [],
        }

    def _decide(self, request: HttpRequest, wanted: FlipRequest) -> None:
        name = {"switch": wanted.switch.name}
        try:
            with self.acting(request) as person:
                if DECLINE in request.POST:
                    services.decline(wanted.pk, person, request.POST.get("reason", ""))
                    text = gettext("The request was closed. Not changed: %(switch)s.") % name
                else:
                    services.confirm(wanted.pk, person)
                    text = gettext("Turned on: %(switch)s.") % name
        except CannotDecide as error:
            messages.error(request, gettext(error.text))
        except InvalidUntil as error:
            messages.error(request, gettext(str(error)))
        except SwitchChanged as error:
            messages.error(request, conflict_message(error.state))
        else:
            messages.success(request, text)


def waiting_message(wanted: FlipRequest) -> str:
    """Return the message for a switch that waits for a second person."""
    text = gettext(
        "%(switch)s is not changed yet: somebody else must confirm your request before %(time)s."
    )
    return text % {"switch": wanted.switch.name, "time": plain_time(wanted.expires_at)}
