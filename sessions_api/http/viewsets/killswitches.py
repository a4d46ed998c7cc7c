"""The REST endpoints of the kill switches."""

import re

from rest_framework.request import Request

from killswitches.approvals.people import Person
from killswitches.approvals.services import turn_all_off, turn_off, turn_on
from killswitches.approvals.wishes import Wish
from killswitches.conditions.conditions import EVERYBODY
from killswitches.registry import Switch, UnknownSwitch, registry
from killswitches.services import states
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


#: What turning a switch on over REST asks for. Nothing in the response could tell that it is on for
#: some callers only.
ON = Wish(REASON, conditions=EVERYBODY)


class KillSwitchViewSet(ApiViewSet):
    """Lists and flips kill switches. Every response lists all switches and their new states."""

    def list(self, request: Request) -> ApiResponse:
        return _listed()

    def update(self, request: Request, number: str) -> ApiResponse:
        """Turn a switch on. 202 if it needs a second person, who has not done the same yet."""
        answer = turn_on(_switch(number), ON, self._person)
        return _listed(202 if answer.waiting else 200)

    def destroy(self, request: Request, number: str) -> ApiResponse:
        turn_off(_switch(number), self._person, REASON)
        return _listed()

    def destroy_all(self, request: Request) -> ApiResponse:
        turn_all_off(self._person, REASON)
        return _listed()

    @property
    def _person(self) -> Person:
        return Person(self.caller, source=self.actor)


def _listed(status: int = 200) -> ApiResponse:
    items = states()
    return ApiResponse(SWITCH_LIST.render(Page(len(items), items)), status)


def _switch(text: str) -> Switch:
    if not re.fullmatch(r"0|[1-9][0-9]?", text):
        raise InvalidKillSwitch
    try:
        return registry.by_number(int(text))
    except UnknownSwitch as error:
        raise InvalidKillSwitch from error
