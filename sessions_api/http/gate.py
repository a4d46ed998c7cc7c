"""The gate: every request passes it, and is held to the policy of what it asks for.

In one order: authenticate, banned, kill switches, staff, scope, a slot to hash in, rate,
reverification. Whatever is refused counts against the rates like what is let in, so that nothing
can be asked for without end.
"""

from collections.abc import Callable, Mapping
from typing import cast

from django.contrib.auth.models import AnonymousUser
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from killswitches.gate import enabled_mask, first_enabled
from killswitches.registry import Switch
from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.lookup import is_staff
from sessions_api.accounts.privileges import may
from sessions_api.callers.clients import Client, network_of
from sessions_api.conf import api_settings
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
from sessions_api.models import UserSession
from sessions_api.passwords import queue as hashing
from sessions_api.ratelimits.reservations import Reservation, reserve
from sessions_api.services.second_factors import second_factors


def closing_switch(policy: Policy, session: UserSession | None, user: Caller) -> Switch | None:
    """The kill switch that closes an action to a caller; None where the action is open to them.

    Staff with a session pass every switch. Whether one is on is read from the session, with which
    it came, or else from the database.
    """
    if policy.always_open or (session is not None and is_staff(user)):
        return None
    mask = enabled_mask() if session is None else session.switch_mask
    return first_enabled(mask, policy.switches)


class Gate:
    """One request on its way to an action, and who makes it.

    :param endpoint: the name under which the burst limit counts, and the purpose of a challenge.
    :param by_second_factor: whether the request brings a second factor where a password is due.
    :ivar caller: whose the session is, also of one that a ban has closed; else an
        ``AnonymousUser``.
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
        #: Whether work for the request has begun. A limit that refuses it then, such as that of
        #: wrong passwords, does not make it free.
        self.has_begun = False
        self.reservation: Reservation | None = None
        self.caller: Caller = AnonymousUser()
        self._request = request
        self._by_second_factor = by_second_factor
        #: What stands against the credentials.
        self._refusal: APIException | None = None
        self._session: UserSession | None = None
        self._identify()

    def enter(self, policy: Policy) -> None:
        """Let the request pass, or raise what stands against it.

        Afterwards ``needs_reverification`` tells whether it must still bring its owner's password
        or second factor.

        :raises ApiError: as the policy has it.
        :raises APIException: what stands against the credentials.
        """
        self.policy = policy
        try:
            self._check_credentials()
            self._check_permissions()
            self._look_for_a_slot()
        except (ApiError, APIException) as refusal:
            if not (isinstance(refusal, ApiError) and refusal.status >= 500):
                # It counts like what is let in; and who has used up a rate is told that instead.
                self._charge()
            raise
        self._charge()

    def leave(self, status: int, error: ApiError | None) -> Mapping[str, str]:
        """Settle the charges for an answer; the headers that it shall carry."""
        if self.reservation is None:
            return {}
        if status >= 500 or (status == 429 and not self.has_begun):
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

    def _check_credentials(self) -> None:
        if self.policy.always_open:
            return
        open_to_strangers = self.policy.audience in (Audience.ANYONE, Audience.STRANGERS)
        dead = isinstance(self._refusal, AuthenticationFailed)
        if self._refusal and not (dead and open_to_strangers):
            raise self._refusal
        if self._session is None and not open_to_strangers:
            raise InvalidSession

    def _check_permissions(self) -> None:
        policy, session = self.policy, self._session
        if switch := closing_switch(policy, session, self.caller):
            raise ServiceUnavailable(feature=switch.number)
        if session is None:
            return
        match policy.audience:
            case Audience.ANYONE:
                return
            case Audience.STRANGERS:
                raise InvalidSession
            case Audience.STAFF if not may(self.caller, policy.permission):
                raise InsufficientPermissions
            case Audience.STAFF if api_settings().STAFF_REQUIRES_SECOND_FACTOR:
                if not second_factors().has_any(session.user):
                    raise EndpointRequiresSecondFactor
        if session.is_scoped and (policy.scope is None or not session.allows(policy.scope)):
            raise InsufficientPermissions

    def _look_for_a_slot(self) -> None:
        """Refuse here what would find no slot for its hash. To go on until then costs more than
        most requests do, and in a storm of logins nearly all of them end so."""
        full_session = self._session is not None and not self._session.is_scoped
        self.needs_reverification = self.policy.reverification and full_session
        if not (self.policy.checks_password or self.needs_reverification):
            return
        if (refusal := hashing.refusal()) and not self._by_second_factor():
            raise refusal

    def _charge(self) -> None:
        quotas = self.policy.quotas(self.endpoint, self.caller, self._network)
        if not quotas:
            return
        self.reservation = reserve(quotas)
        if self.reservation.refused:
            raise RateLimited

    def _network(self) -> str:
        return network_of(Client.of(self._request).address)
