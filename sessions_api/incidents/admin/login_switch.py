"""The kill switch of logins, as the room of an incident about a network shows it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse

from killswitches.admin.pages import BACK
from killswitches.conditions.conditions import Conditions
from killswitches.conditions.networks import Network
from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_LOGIN
from killswitches.services import states_on
from killswitches.states import SwitchState
from sessions_api.admin.links import may_view
from sessions_api.callers.networks import read_narrow_network
from sessions_api.services.session_search import SessionSearch


@dataclass(frozen=True)
class LoginSwitch:
    """The switch of logins, of which an incident concerns those from its network.

    :param state: its state if it is on, for whomever; else None.
    :param is_on: whether it is on for all of this network, under no other condition.
    :param url: its page, with the network filled in if it is off, because it has one state: to turn
        it on replaces for whom it is on. Empty if the user may not view it.
    :param may_flip: whether the user may turn it on there.
    """

    state: SwitchState | None
    is_on: bool
    url: str
    may_flip: bool


def login_switch(
    site: AdminSite, request: HttpRequest, search: SessionSearch | None, *, back: str
) -> LoginSwitch | None:
    """Return the switch of logins from the network that a search is about. Takes a query.

    :param back: the path to which its page leads back.
    :returns: None if the search is about no network, without a query.
    """
    network = read_narrow_network(search.network) if search else None
    if network is None:
        return None
    state = next((one for one in states_on() if one.switch == ACCOUNT_LOGIN), None)
    is_on = state is not None and _is_on_for(state.conditions, network)
    if not may_view(site, request, KillSwitch):
        return LoginSwitch(state, is_on, url="", may_flip=False)
    filled_in = {} if state else {"only_network": str(network)}
    page = reverse(
        "admin:killswitches_killswitch_change",
        args=[ACCOUNT_LOGIN.number],
        current_app=site.name,
    )
    may_flip = site.get_model_admin(KillSwitch).has_change_permission(request)
    return LoginSwitch(state, is_on, f"{page}?{urlencode({**filled_in, BACK: back})}", may_flip)


def _is_on_for(conditions: Conditions, network: Network) -> bool:
    stopped = conditions.network
    if stopped is None or conditions != Conditions(network=stopped):
        return False
    return all(end in stopped for end in (network.network_address, network.broadcast_address))
