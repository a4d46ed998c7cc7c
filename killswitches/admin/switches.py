"""Viewing and flipping switches in the Django admin."""

from datetime import timedelta

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext

from .. import aftermath, impact, previews, services
from ..approvals.errors import CannotDecide
from ..approvals.services import turn_on
from ..models import KillSwitch
from ..registry import Switch, UnknownSwitch, registry
from ..states import urgency
from .approvals import ApprovalPages, waiting_message
from .conflicts import conflict_message
from .drills import DrillPages
from .forms import TurnOnForm

#: The reason if none was typed. It is stored, so it is not translated.
ONE_CLICK = "Turned off in the admin."

#: The period that numbers of an impact cover.
MINUTES = impact.WINDOW // timedelta(minutes=1)

#: How many flips the list shows of each switch.
FEW = 5


@admin.register(KillSwitch)
class KillSwitchAdmin(ApprovalPages, DrillPages):
    """A page with all switches, and a page for each, on which it is turned on.

    Both show the registered switches, whether or not they have rows, and only flip them through
    the services.
    """

    def get_urls(self) -> list[URLPattern]:
        """Return the URLs of the list, of a switch, and of the buttons."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="killswitches_killswitch_changelist"),
            path("turn-off/", view(self.turn_off_view), name="killswitches_killswitch_turn_off"),
            path("drill/", view(self.drill_view), name="killswitches_killswitch_drill"),
            path(
                "requests/<int:key>/",
                view(self.request_view),
                name="killswitches_killswitch_request",
            ),
            path(
                "<int:number>/change/",
                view(self.switch_view),
                name="killswitches_killswitch_change",
            ),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show every switch with its state, the endpoints it closes, and its newest flips.

        Those that are on come first, then those that need care: GLOBAL and the other guarded ones.
        """
        self.require_view(request)
        states = sorted(services.states(), key=urgency)
        flips = services.newest_flips(FEW)
        drilled = self.newest_drills()
        waiting = self.waiting_by_switch()
        rows = [
            {
                "state": state,
                "states": [state],
                "endpoints": impact.endpoints_of(state.switch),
                "impact": None if state.enabled else impact.impact_of(state.switch),
                "flips": flips.get(state.switch.number, []),
                "drill": drilled.get(state.switch.number),
                "requests": waiting.get(state.switch.number, []),
            }
            for state in states
        ]
        context = {
            "title": gettext("Kill switches"),
            "rows": rows,
            "minutes": MINUTES,
            "states_on": [state for state in states if state.enabled],
        }
        return self.page(request, "switches.html", context | (extra_context or {}))

    def switch_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show a switch with its impact, its history, and the form that turns it on.

        The form's button *Preview* shows whom its conditions hold for, and changes nothing. Links
        can fill in conditions, for example by ``?only_network=203.0.113.0/24``, and name the path
        of this site that the page leads back to, by ``?back=/path/``.
        """
        require = self.require_change if request.method == "POST" else self.require_view
        require(request)
        try:
            switch = registry.by_number(number)
        except UnknownSwitch as error:
            raise Http404(str(error)) from error
        form = TurnOnForm(switch, request.POST if request.method == "POST" else None)
        preview = None
        if form.is_valid():
            if form.is_preview:
                preview = previews.preview_of(switch, form.cleaned_data["conditions"])
            elif self._turn_on(request, form):
                return self.leave(request)
        self.require_view(request)
        flips = services.history(number)
        state = next(state for state in services.states() if state.switch == switch)
        form.show(state.conditions, request.GET)
        context = {
            "title": switch.name,
            "state": state,
            "states": [state],
            "form": form,
            "preview": preview,
            "has_previews": previews.is_provided(),
            "flips": flips,
            "endpoints": impact.endpoints_of(switch),
            "impact": impact.impact_of(switch),
            "minutes": MINUTES,
            "period": (period := aftermath.latest_period(flips)),
            "measured": aftermath.measured(switch, period),
            **self.drill_context(switch),
            **self.approval_context(switch),
        }
        return self.page(request, "switch.html", context)

    def turn_off_view(self, request: HttpRequest) -> HttpResponse:
        """Turn off the switches whose numbers are posted with the versions that were shown."""
        self.require_change(request)
        if request.method != "POST":
            return self.nothing_changed(request)
        for switch in registry:
            version = request.POST.get(str(switch.number))
            if version is not None:
                self._turn_off(request, switch, version)
        return self.leave(request)

    def _turn_on(self, request: HttpRequest, form: TurnOnForm) -> bool:
        """Turn the switch on; if that fails, add the error to the form and return False."""
        version = request.POST.get("version", "")
        try:
            with self.acting(request) as person:
                answer = turn_on(form.switch, form.wish(), person, version=version)
        except services.InvalidUntil as error:
            form.add_error("until", gettext(str(error)))
            return False
        except services.SwitchChanged as error:
            form.add_error(None, conflict_message(error.state))
            return False
        except CannotDecide as error:
            form.add_error(None, gettext(error.text))
            return False
        name = {"switch": form.switch.name}
        if answer.waiting:
            messages.warning(request, waiting_message(answer.waiting))
        elif answer.changed:
            messages.success(request, gettext("Turned on: %(switch)s.") % name)
        else:
            messages.info(request, gettext("Already on: %(switch)s.") % name)
        return True

    def _turn_off(self, request: HttpRequest, switch: Switch, version: str) -> None:
        try:
            with self.acting(request) as person:
                services.set_switch(
                    switch,
                    False,
                    actor=person.account,
                    source=person.source,
                    reason=services.one_line(request.POST.get("reason", "")) or ONE_CLICK,
                    version=version,
                )
        except services.SwitchChanged as error:
            messages.warning(request, conflict_message(error.state))
        else:
            name = {"switch": switch.name}
            messages.success(request, gettext("Turned off: %(switch)s.") % name)
