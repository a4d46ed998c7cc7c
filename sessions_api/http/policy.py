"""Policy is data: who may call an action, and what it takes, stands on its viewset.

:mod:`sessions_api.http.gate` holds every request to it. A host's own viewsets may use it too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from killswitches.registry import Switch
from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.privileges import may
from sessions_api.exceptions import ApiError, SecondFactorChallengeRequired
from sessions_api.ratelimits import rates
from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.reservations import Quota, Reservation
from sessions_api.scopes import Scope


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


def login_rate(rate: Rate, *free: type[ApiError]) -> OwnRate:
    """The rate of one way to log in: it alone refuses, but a login counts in all of them."""
    return OwnRate(
        "login",
        rate,
        free=free,
        shared=(rates.LOGIN, rates.OLDER_LOGIN),
        failures=(rates.ADMIN_LOGIN,),
    )


def admin_login_quotas(network: str) -> list[Quota]:
    """What a login of the admin is charged to, to be given back unless it fails.

    Failures alone refuse it, those of the API among them; and each leaves the API one login less,
    so that guessing in both places gains nobody more guesses.
    """
    logins = login_rate(rates.LOGIN)
    elsewhere = [Quota(logins.bucket, network, rate, enforced=False) for rate in logins.shared]
    return [*elsewhere, Quota(logins.failed, network, rates.ADMIN_LOGIN)]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What an action asks of a request.

    :param permission: which of Django's permissions the deed takes, where it is for staff; None:
        to be of the staff is enough.
    :param spares_superusers: whether only superusers may do it to superusers; the service that does
        it refuses the others.
    :param scope: what a scoped session must be allowed; None: scoped sessions are refused.
    :param switches: the kill switches that close the action, beside GLOBAL.
    :param own_rate: a rate of its own. Staff are never limited in actions for staff.
    :param reverification: whether a full session must bring its owner's password.
    :param checks_password: whether the action itself checks one, as a login does.
    :param always_open: whether neither a kill switch nor a ban closes it. Only rates hold then.
    """

    audience: Audience
    permission: str | None = None
    spares_superusers: bool = False
    scope: Scope | None = None
    switches: tuple[Switch, ...] = ()
    own_rate: OwnRate | None = None
    reverification: bool = False
    checks_password: bool = False
    always_open: bool = False

    def __post_init__(self) -> None:
        if self.permission and self.audience is not Audience.STAFF:
            raise ValueError("A permission is asked of staff alone.")

    def quotas(self, endpoint: str, user: Caller, network: Callable[[], str]) -> Sequence[Quota]:
        """What a call of the endpoint is charged to; the network is asked for where it matters.

        :param user: who calls, banned or not; an ``AnonymousUser`` where that is not known.
        """
        if self.audience is Audience.STAFF and may(user, None):
            return ()
        caller = f"user {user.pk}" if user.is_authenticated else network()
        general = Quota("all", caller, rates.GENERAL)
        if self.own_rate:
            return (general, *self.own_rate.quotas(network()))
        return (general, Quota(endpoint, caller, rates.BURST, reason="burst"))


def of_owned(read: Policy, remove: Policy) -> dict[str, Policy]:
    """The policies of a viewset of things that people own, by action.

    :param read: of those that show them.
    :param remove: of those that remove them: one, some or all.
    """
    return {
        "list": read,
        "retrieve": read,
        "destroy": remove,
        "destroy_many": remove,
        "destroy_all": remove,
    }


#: For what is no endpoint, such as an unknown path, a wrong method or a description of the API.
ALWAYS_OPEN = Policy(audience=Audience.ANYONE, always_open=True)
