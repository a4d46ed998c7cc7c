"""Trying one endpoint while a switch is on, and while all are off."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from killswitches.conditions.switches_on import NONE_ON, SwitchesOn
from killswitches.drills import Outcome, Trial
from killswitches.registry import Switch
from sessions_api.http.switch_drills.gate import GotThrough
from sessions_api.http.switch_drills.requests import made_up_request, nothing_changes

logger = logging.getLogger("sessions_api.drills")


@dataclass(frozen=True)
class Answer:
    """The answer to a request.

    :param status: the HTTP status; None if the request got through to the action, or failed.
    :param switch: the number of the kill switch that the answer names, if any.
    :param error: the name of the exception that the request failed with.
    """

    status: int | None = None
    switch: int | None = None
    error: str = ""


@dataclass(frozen=True)
class Target:
    """An endpoint with one of its methods.

    :param dialect: its dialect, or what else it belongs to; may be "".
    :param call: calls it while some switches are on. It may raise :class:`GotThrough`.
    :param has_own_rules: whether permissions of the host may refuse the made-up caller, or fail.
    """

    method: str
    path: str
    dialect: str
    call: Callable[[HttpRequest, SwitchesOn], Answer]
    has_own_rules: bool = False

    def under(self, switch: Switch) -> Trial:
        """Try it with the switch on, then with all switches off."""
        on, off = self._answer(SwitchesOn(switch.bit)), self._answer(NONE_ON)
        outcome = self._outcome(switch, on, off)
        error = "" if outcome is Outcome.CLOSED else on.error or off.error
        return Trial(self.method, self.path, self.dialect, outcome, on.status, error)

    def _outcome(self, switch: Switch, on: Answer, off: Answer) -> Outcome:
        if on.error:
            return Outcome.UNKNOWN if self.has_own_rules else Outcome.FAILED
        if on.status is None:
            return Outcome.OPEN
        if (on.status, on.switch) != (503, switch.number):
            is_theirs = self.has_own_rules and on.status in (401, 403)
            return Outcome.UNKNOWN if is_theirs else Outcome.WRONG_ANSWER
        if off.error and not self.has_own_rules:
            return Outcome.FAILED
        is_closed = off.switch is not None if self.has_own_rules else off.status is not None
        return Outcome.STAYS_CLOSED if is_closed else Outcome.CLOSED

    def _answer(self, on: SwitchesOn) -> Answer:
        try:
            with nothing_changes():
                return self.call(made_up_request(self.method, self.path), on)
        except GotThrough:
            return Answer()
        except Exception as error:
            logger.warning("A drill failed at %s %s.", self.method, self.path, exc_info=True)
            return Answer(error=type(error).__name__)
