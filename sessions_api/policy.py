"""Policy is data: who may call an action, and what it takes, stands on its viewset.

Every request passes the same gate, in one order: authenticate, banned, kill switches, staff,
scope, a place to hash, rate, reverification. A host's own viewsets may use it too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from killswitches.gate import enabled_mask, first_enabled
from killswitches.registry import Switch
from sessions_api import hashing
from sessions_api.accounts import is_staff
from sessions_api.clients import Client, network_of
from sessions_api.conf import api_settings
from sessions_api.exceptions import (
    ApiError,
    EndpointRequiresSecondFactor,
    InsufficientPermissions,
    InvalidSession,
    RateLimited,
    SecondFactorChallengeRequired,
    ServiceUnavailable,
)
from sessions_api.models import UserSession
from sessions_api.ratelimits import Quota, Rate, Reservation, reserve
from sessions_api.scopes import Scope
from sessions_api.services import second_factors

#: All endpoints together, per caller; and each endpoint for itself.
GENERAL_RATE = Rate(limit=100, period=60)
BURST_RATE = Rate(limit=3, period=1)


class Audience(Enum):
    """Who may call an action."""

    ANYONE = "anyone"
    STRANGERS = "anyone without a valid session"
    USERS = "self"
    STAFF = "staff"


@dataclass(frozen=True)
class OwnRate:
    """A rate of an action's own, per address, in place of the burst limit.

    :param free: the errors that do not count.
    :param shared: rates that the bucket has elsewhere. A call counts there too, so that nobody gets
        round one limit by way of another, though it is only ``rate`` that refuses it.
    :param failures: likewise, rates at which failures alone count elsewhere.
    """

    bucket: str
    rate: Rate
    free: tuple[type[ApiError], ...] = ()
    shared: tuple[Rate, ...] = ()
    failures: tuple[Rate, ...] = ()

    def quotas(self, network: str) -> list[Quota]:
        """What a call from a network is charged to; its own rate comes last."""
        elsewhere = [
            Quota(self.bucket, network, rate, enforced=False)
            for rate in self.shared
            if rate != self.rate
        ]
        failures = [Quota(self.failed, network, rate, enforced=False) for rate in self.failures]
        return [*failures, *elsewhere, Quota(self.bucket, network, self.rate)]

    @property
    def failed(self) -> str:
        """The bucket in which failures alone count."""
        return f"failed {self.bucket}"

    def settle(self, reservation: Reservation, error: ApiError | None) -> None:
        """Give back what an outcome is not charged for.

        :param error: how the call ended; None where it succeeded.
        """
        if isinstance(error, self.free):
            reservation.refund(self.bucket, self.failed)
        elif error is None or isinstance(error, SecondFactorChallengeRequired):
            reservation.refund(self.failed)


#: Logins of v5; and those of the older dialects.
LOGIN_RATE = Rate(limit=4, period=300)
OLDER_LOGIN_RATE = Rate(limit=3, period=180)
#: Failed logins of the admin. Those who share an office begin their shift at the same address.
ADMIN_LOGIN_RATE = LOGIN_RATE


def login_rate(rate: Rate, *free: type[ApiError]) -> OwnRate:
    """The rate of one way to log in: it alone refuses, but a login counts in all of them."""
    return OwnRate(
        "login",
        rate,
        free=free,
        shared=(LOGIN_RATE, OLDER_LOGIN_RATE),
        failures=(ADMIN_LOGIN_RATE,),
    )


def admin_login_quotas(network: str) -> list[Quota]:
    """What a login of the admin is charged to, to be given back unless it fails.

    Failures alone refuse it, those of the API among them; and each leaves the API one login less,
    so that guessing in both places gains nobody more guesses.
    """
    logins = login_rate(LOGIN_RATE)
    elsewhere = [Quota(logins.bucket, network, rate, enforced=False) for rate in logins.shared]
    return [*elsewhere, Quota(logins.failed, network, ADMIN_LOGIN_RATE)]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What an action asks of a request.

    :param scope: what a scoped session must be allowed; None: scoped sessions are refused.
    :param switches: the kill switches that close the action, beside GLOBAL.
    :param own_rate: a rate of its own. Actions for staff are never limited.
    :param reverification: whether a full session must bring its owner's password.
    :param checks_password: whether the action itself checks one, as a login does.
    """

    audience: Audience
    scope: Scope | None = None
    switches: tuple[Switch, ...] = ()
    own_rate: OwnRate | None = None
    reverification: bool = False
    checks_password: bool = False

    def quotas(self, endpoint: str, user: Any, network: Callable[[], str]) -> Sequence[Quota]:
        """What a call of the endpoint is charged to; the network is asked for where it matters."""
        if self.audience is Audience.STAFF:
            return ()
        caller = f"user {user.pk}" if user.is_authenticated else network()
        general = Quota("all", caller, GENERAL_RATE)
        if self.own_rate:
            return (general, *self.own_rate.quotas(network()))
        return (general, Quota(endpoint, caller, BURST_RATE, reason="burst"))


class Gate:
    """One request on its way to an action.

    :param endpoint: the name under which the burst limit counts, and the purpose of a challenge.
    :param by_second_factor: whether the request brings a second factor where a password is due.
    """

    def __init__(
        self,
        request: Request,
        policy: Policy,
        *,
        endpoint: str,
        by_second_factor: Callable[[], bool] = lambda: False,
    ) -> None:
        self.request = request
        self.policy = policy
        self.endpoint = endpoint
        self._by_second_factor = by_second_factor
        self.needs_reverification = False
        self.reservation: Reservation | None = None

    def enter(self) -> None:
        """Let the request pass, or raise what stands against it.

        Afterwards ``needs_reverification`` tells whether it must still bring its owner's password
        or second factor.

        :raises ApiError: as the policy has it.
        """
        try:
            session = self._authenticate()
            self._check(session)
        except (AuthenticationFailed, InvalidSession):
            # Refused before its turn to be charged, but made by a stranger: it counts.
            self._charge()
            raise
        full_session = session is not None and not session.is_scoped
        self.needs_reverification = self.policy.reverification and full_session
        self._look_for_a_place()
        self._charge()

    def leave(self, status: int, error: ApiError | None) -> Mapping[str, str]:
        """Settle the charges for an answer; the headers that it shall carry."""
        if self.reservation is None:
            return {}
        if status >= 500 or status == 429:
            self.reservation.refund()
        elif self.policy.own_rate:
            self.policy.own_rate.settle(self.reservation, error)
        return self.reservation.headers()

    def _authenticate(self) -> UserSession | None:
        open_to_strangers = self.policy.audience in (Audience.ANYONE, Audience.STRANGERS)
        try:
            session = cast("UserSession | None", self.request.auth)
        except AuthenticationFailed:
            if not open_to_strangers:
                raise
            return None
        if session is None and not open_to_strangers:
            raise InvalidSession
        return session

    def _check(self, session: UserSession | None) -> None:
        policy, staff = self.policy, is_staff(self.request.user)
        if not (session and staff):
            mask = session.switch_mask if session else enabled_mask()
            if switch := first_enabled(mask, policy.switches):
                raise ServiceUnavailable(feature=switch.number)
        if session is None:
            return
        match policy.audience:
            case Audience.ANYONE:
                return
            case Audience.STRANGERS:
                raise InvalidSession
            case Audience.STAFF if not staff:
                raise InsufficientPermissions
            case Audience.STAFF if api_settings().STAFF_REQUIRES_SECOND_FACTOR:
                if not second_factors.has_any(session.user):
                    raise EndpointRequiresSecondFactor
        if session.is_scoped and (policy.scope is None or not session.allows(policy.scope)):
            raise InsufficientPermissions

    def _look_for_a_place(self) -> None:
        """Refuse here what would find no place for its hash. To go on until then costs more than
        most requests do, and in a storm of logins nearly all of them end so."""
        if not (self.policy.checks_password or self.needs_reverification):
            return
        if (refusal := hashing.refusal()) and not self._by_second_factor():
            raise refusal

    def _charge(self) -> None:
        quotas = self.policy.quotas(self.endpoint, self.request.user, self._network)
        if not quotas:
            return
        self.reservation = reserve(quotas)
        if self.reservation.refused:
            raise RateLimited

    def _network(self) -> str:
        return network_of(Client.of(self.request).address)
