"""The gate of a request that is part of a drill."""

from functools import partial

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.request import Request

from killswitches.conditions.switches_on import SwitchesOn
from sessions_api.exceptions import ServiceUnavailable
from sessions_api.http.gate import GATE_CLASS, Gate
from sessions_api.http.policy import Policy
from sessions_api.models import UserSession


class GotThrough(BaseException):
    """The gate admits a request of a drill, or its action was about to begin.

    It is no ``Exception``, so that no view takes it for an error and answers.
    """


class DrillGate(Gate):
    """A gate with a made-up caller and made-up switches. It counts, charges and hashes nothing.

    :param session: the caller's session; None for an anonymous caller.
    :param on: the switches that are on.
    :param closed_by: takes the numbers of the switches by which it refuses requests.
    """

    is_counted = False

    def __init__(
        self,
        session: UserSession | None,
        on: SwitchesOn,
        closed_by: list[int],
        request: Request,
        *,
        endpoint: str,
        **_: object,
    ) -> None:
        self._made_up = session
        self._on = on
        self._closed_by = closed_by
        super().__init__(request, endpoint=endpoint)

    def enter(self, policy: Policy) -> None:
        try:
            super().enter(policy)
        except ServiceUnavailable as refusal:
            self._closed_by.append(refusal.feature)
            raise

    def read_switches(self) -> SwitchesOn:
        return self._on

    def _identify(self) -> None:
        self._session = self._made_up
        self.caller = AnonymousUser() if self._made_up is None else self._made_up.user

    def _require_queue_slot(self) -> None:
        # The check after this one charges the request to its rates.
        raise GotThrough

    def _charge(self, *, is_refused: bool = False) -> None:
        return


def made_up_session(on: SwitchesOn) -> UserSession:
    """Return an unsaved session of an unsaved user, which has read that these switches are on."""
    session = UserSession(user=get_user_model()())
    session.switches_on = on
    return session


def bring_gate(request: HttpRequest, session: UserSession | None, on: SwitchesOn) -> list[int]:
    """Have a request enter by a :class:`DrillGate`; the other arguments are its own.

    :returns: a list, which gets the number of the switch that refuses the request.
    """
    closed_by: list[int] = []
    request.META[GATE_CLASS] = partial(DrillGate, session, on, closed_by)
    return closed_by
