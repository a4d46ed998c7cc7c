"""The REST endpoints of the kill switches."""

import re

from rest_framework.request import Request

from killswitches.conditions.conditions import EVERYBODY
from killswitches.registry import Switch, UnknownSwitch, registry
from killswitches.services import set_switch, states, turn_all_off
from killswitches.states import SwitchState
from sessions_api.exceptions import InvalidKillSwitch
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.schemas import flag, integer, text
from sessions_api.http.shapes import Field, Page, Shape, page_of
from sessions_api.http.viewsets.base import ApiViewSet

#: The reason in a switch's history for flips over REST, which takes no reason.
REASON = "Over the REST API"

SWITCH_LIST = page_of(
    Shape[SwitchState](
        id=Field(integer("The switch's number."), lambda state: state.switch.number),
        name=Field(text(), lambda state: state.switch.name),
        state=Field(
            flag("Whether the switch is on, for everybody or for some callers."),
            lambda state: state.enabled,
        ),
    )
)


class KillSwitchViewSet(ApiViewSet):
    """Lists and flips kill switches. Every response lists all switches and their new states."""

    def list(self, request: Request) -> ApiResponse:
        items = states()
        return ApiResponse(SWITCH_LIST.render(Page(len(items), items)))

    def update(self, request: Request, number: str) -> ApiResponse:
        return self._flip(request, number, enabled=True)

    def destroy(self, request: Request, number: str) -> ApiResponse:
        return self._flip(request, number, enabled=False)

    def destroy_all(self, request: Request) -> ApiResponse:
        turn_all_off(actor=self.caller, reason=REASON, source=self.actor)
        return self.list(request)

    def _flip(self, request: Request, number: str, *, enabled: bool) -> ApiResponse:
        set_switch(
            _switch(number),
            enabled,
            # Nothing in the response could tell that a switch is on for some callers only.
            conditions=EVERYBODY if enabled else None,
            actor=self.caller,
            reason=REASON,
            source=self.actor,
        )
        return self.list(request)


def _switch(text: str) -> Switch:
    if not re.fullmatch(r"0|[1-9][0-9]?", text):
        raise InvalidKillSwitch
    try:
        return registry.by_number(int(text))
    except UnknownSwitch as error:
        raise InvalidKillSwitch from error
