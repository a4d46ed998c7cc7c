"""Drills of switches in the Django admin."""

from collections.abc import Mapping
from typing import cast

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .. import drills
from ..drills import Outcome, Trial
from ..models import SwitchDrill
from ..registry import Switch, UnknownSwitch, registry
from .pages import SwitchPages, back_query

#: How many drills the page of a switch shows.
FEW = 5

RESULTS = {
    Outcome.CLOSED: _("closed, as it must be"),
    Outcome.OPEN: _("not closed: the request got through"),
    Outcome.WRONG_ANSWER: _("wrong answer while the switch is on"),
    Outcome.STAYS_CLOSED: _("also refused while the switch is off"),
    Outcome.FAILED: _("error"),
    Outcome.UNKNOWN: _("not tried: it does not admit the made-up caller"),
}


class DrillPages(SwitchPages):
    """The button that drills switches, and what the pages of switches show of drills."""

    def drill_view(self, request: HttpRequest) -> HttpResponse:
        """Drill the switch whose number is posted, or all, and return to where the button was."""
        self.require_change(request)
        if request.method != "POST":
            return self.nothing_changed(request)
        if (number := request.POST.get("number")) is None:
            for switch in registry:
                self._drill(request, switch)
            return self.leave(request)
        try:
            switch = registry.by_number(int(number))
        except (UnknownSwitch, ValueError) as error:
            raise Http404(str(error)) from error
        self._drill(request, switch)
        return redirect(f"{self.switch_url(switch.number)}{back_query(request)}#drills")

    def newest_drills(self) -> Mapping[int, SwitchDrill]:
        """Return the newest drill of each switch that has been drilled, by the switch's number."""
        return {number: newest[0] for number, newest in drills.newest_drills(1).items()}

    def drill_context(self, switch: Switch) -> dict[str, object]:
        """Return what the page of a switch shows of its drills."""
        newest = list(SwitchDrill.objects.filter(number=switch.number)[:FEW])
        trials = drills.trials_of(newest[0]) if newest else []
        return {
            "drills": newest,
            "drill": newest[0] if newest else None,
            "trials": [(trial, RESULTS[trial.outcome]) for trial in sorted(trials, key=_urgency)],
        }

    def _drill(self, request: HttpRequest, switch: Switch) -> None:
        """Drill a switch, and tell the result in a message."""
        try:
            drill = drills.drill(switch, actor=cast(AbstractBaseUser, request.user), source=request)
        except drills.NoDriller as error:
            raise Http404(str(error)) from error
        if drill.faults:
            messages.error(request, _faults(switch, drill))
        elif drill.endpoints:
            messages.success(request, _success(switch, drill))
        else:
            text = gettext("Drill of %(switch)s: it closes no endpoints here.")
            messages.info(request, text % {"switch": switch.name})


def _faults(switch: Switch, drill: SwitchDrill) -> str:
    text = ngettext(
        "Drill of %(switch)s: %(count)s endpoint did not answer as it must.",
        "Drill of %(switch)s: %(count)s endpoints did not answer as they must.",
        drill.faults,
    )
    return text % {"switch": switch.name, "count": drill.faults}


def _success(switch: Switch, drill: SwitchDrill) -> str:
    text = ngettext(
        "Drill of %(switch)s: %(count)s endpoint tried, and it answers as it must.",
        "Drill of %(switch)s: %(count)s endpoints tried, and all answer as they must.",
        drill.endpoints,
    )
    return text % {"switch": switch.name, "count": drill.endpoints}


def _urgency(trial: Trial) -> int:
    """Return the key by which trials are sorted: faults first."""
    return 0 if trial.is_fault else 1 if trial.outcome is Outcome.UNKNOWN else 2
