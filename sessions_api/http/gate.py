"""The gate, which enforces the policy of the requested action.

Checks run in a fixed order: authentication, ban, kill switches, staff, scope, hashing queue slot,
rate, reverification. Refused requests count against the rates too, so that no request can be
repeated without limit.
"""

from collections.abc import Callable, Mapping
from typing import NoReturn, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from killswitches.conditions.callers import KnownCaller
from killswitches.conditions.switches_on import SwitchesOn
from killswitches.gate import switches_on
from killswitches.override import overridden
from killswitches.registry import Switch
from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.lookup import is_staff
from sessions_api.callers.clients import Client, network_of
from sessions_api.conf import api_settings
from sessions_api.databases.outages import is_unavailable
from sessions_api.exceptions import (
    ApiError,
    Banned,
    EndpointRequiresSecondFactor,
    InsufficientPermissions,
    InvalidSession,
    RateLimited,
    ServiceUnavailable,
)
from sessions_api.http.policy import ALWAYS_OPEN, Audience, Policy
from sessions_api.http.switch_callers import RequestCaller
from sessions_api.models import UserSession
from sessions_api.passwords import queue as hashing
from sessions_api.ratelimits.reservations import Reservation, reserve
from sessions_api.services.second_factors import second_factors

#: The key in ``request.META`` of the class of the request's gate, if it is another one, as in a
#: drill of kill switches. No header can have this name.
GATE_CLASS = "sessions_api.gate_class"


def closing_switch(
    policy: Policy,
    request: HttpRequest,
    session: UserSession | None,
    user: Caller,
    read: Callable[[], SwitchesOn] = switches_on,
) -> Switch | None:
    """Return the kill switch that closes an action to a caller, or None if the action is open.

    Staff with a session pass every switch. The state of the switches is taken from the session,
    which was read together with it; without a session it is queried.

    :param read: queries it.
    """
    if policy.always_open or (session is not None and is_staff(user)):
        return None
    found = read() if session is None else session.switches_on
    return found.closing(policy.switches, lambda: RequestCaller(request, user, session))


class Gate:
    """A request on its way to an action, and its caller.

    :param endpoint: the name under which bursts are counted; also the purpose of a challenge.
    :param by_second_factor: returns whether the request answers a challenge instead of sending a
        password.
    :ivar caller: the session's owner, even if banned; an ``AnonymousUser`` without a session.
    :ivar needs_reverification: whether the request must still prove its owner's password or second
        factor; set by :meth:`enter`.
    """

    def __init__(
        self,
        request: Request,
        *,
        endpoint: str,
        by_second_factor: Callable[[], bool] = lambda: False,
    ) -> None:
        self.endpoint = endpoint
        self.policy = ALWAYS_OPEN
        self.needs_reverification = False
        #: Whether the action has begun. A limit that refuses the request after that, such as the
        #: one for wrong passwords, does not refund its charge.
        self.has_begun = False
        self.reservation: Reservation | None = None
        self.caller: Caller = AnonymousUser()
        self._request = request
        self._by_second_factor = by_second_factor
        #: The authentication error, if any.
        self._refusal: APIException | None = None
        #: The error with which the database could not read the session, if any.
        self._outage: Exception | None = None
        self._session: UserSession | None = None
        self._identify()

    @classmethod
    def of(
        cls,
        request: Request,
        *,
        endpoint: str,
        by_second_factor: Callable[[], bool] = lambda: False,
    ) -> "Gate":
        """Return the gate of a request to an endpoint; the arguments are those of the class."""
        # REST framework's own lookups take a microsecond each.
        make: Callable[..., Gate] = request._request.META.get(GATE_CLASS, cls)
        return make(request, endpoint=endpoint, by_second_factor=by_second_factor)

    @property
    def is_counted(self) -> bool:
        """Whether statistics count the request."""
        return not self.policy.always_open

    def read_switches(self) -> SwitchesOn:
        """Return the switches that are on, for a caller without a session."""
        return switches_on()

    def enter(self, policy: Policy) -> None:
        """Check the request against a policy and charge it to its rates.

        :raises ApiError: the policy refuses the request.
        :raises APIException: authentication failed.
        """
        self.policy = policy
        if self._outage:
            self._refuse_without_database(self._outage)
        try:
            self._check_credentials()
            self._check_permissions()
            self._require_queue_slot()
        except (ApiError, APIException) as refusal:
            if not (isinstance(refusal, ApiError) and refusal.status >= 500):
                # May raise RateLimited, which takes precedence over the refusal.
                self._charge(is_refused=True)
            raise
        self._charge()

    def leave(self, status: int, error: ApiError | None) -> Mapping[str, str]:
        """Settle the charges for a response and return the rate limit headers to add to it.

        :param error: the error that the response renders; None on success.
        """
        if self.reservation is None:
            return {}
        is_free = status >= 500 and not (error and error.counts)
        if is_free or (status == 429 and not self.has_begun):
            self.reservation.refund()
        elif self.policy.own_rate:
            self.policy.own_rate.settle(self.reservation, error)
        return self.reservation.headers()

    def _identify(self) -> None:
        try:
            self._session = cast("UserSession | None", self._request.auth)
            self.caller = self._request.user
        except APIException as refusal:
            self._refusal = refusal
            if isinstance(refusal.__cause__, Banned) and refusal.__cause__.account is not None:
                self.caller = refusal.__cause__.account
        except Exception as error:
            if not is_unavailable(error):
                raise
            self._outage = error

    def _refuse_without_database(self, outage: Exception) -> NoReturn:
        """Refuse a request whose caller is unknown: by the override, or else by the outage."""
        if not self.policy.always_open:
            found = overridden(outage)
            if switch := found.closing(self.policy.switches, KnownCaller):
                raise ServiceUnavailable(feature=switch.number)
        raise outage

    def _check_credentials(self) -> None:
        if self.policy.always_open:
            return
        open_to_anonymous = self.policy.audience in (Audience.ANYONE, Audience.ANONYMOUS)
        is_invalid = isinstance(self._refusal, AuthenticationFailed)
        if self._refusal and not (is_invalid and open_to_anonymous):
            raise self._refusal
        if self._session is None and not open_to_anonymous:
            raise InvalidSession

    def _check_permissions(self) -> None:
        policy, session = self.policy, self._session
        switch = closing_switch(policy, self._request, session, self.caller, self.read_switches)
        if switch:
            raise ServiceUnavailable(feature=switch.number)
        if session is None:
            return
        match policy.audience:
            case Audience.ANYONE:
                return
            case Audience.ANONYMOUS:
                raise InvalidSession
            case Audience.STAFF if not policy.allows_staff(self.caller):
                raise InsufficientPermissions
            case Audience.STAFF if api_settings().STAFF_REQUIRES_SECOND_FACTOR:
                if not second_factors().has_any(session.user):
                    raise EndpointRequiresSecondFactor
        if session.is_scoped and (policy.scope is None or not session.allows(policy.scope)):
            raise InsufficientPermissions

    def _require_queue_slot(self) -> None:
        """Refuse a request that would find no free slot in the hashing queue.

        Refusing it here is cheap. Carrying on until the hash would cost more than most requests do,
        and in a storm of logins nearly all of them would be refused at that point.
        """
        full_session = self._session is not None and not self._session.is_scoped
        self.needs_reverification = self.policy.reverification and full_session
        if not (self.policy.checks_password or self.needs_reverification):
            return
        if (refusal := hashing.refusal()) and not self._by_second_factor():
            raise refusal

    def _charge(self, *, is_refused: bool = False) -> None:
        quotas = self.policy.quotas(
            self.endpoint, self.caller, self._network, is_refused=is_refused
        )
        if not quotas:
            return
        self.reservation = reserve(quotas)
        if self.reservation.refused:
            raise RateLimited

    def _network(self) -> str:
        return network_of(Client.of(self._request).address)
