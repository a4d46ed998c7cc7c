"""Policies: declarations on a viewset of who may call each action and under what conditions.

:mod:`sessions_api.http.gate` enforces them. A host's own viewsets may declare policies too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from killswitches.registry import Switch
from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.privileges import may
from sessions_api.exceptions import ApiError, SecondFactorChallengeRequired
from sessions_api.ratelimits import logins, rates
from sessions_api.ratelimits.rates import Rate, distinct
from sessions_api.ratelimits.reservations import Quota, Reservation
from sessions_api.scopes import Scope


class Audience(Enum):
    """Who may call an action."""

    ANYONE = "anyone"
    ANONYMOUS = "anyone without a valid session"
    USERS = "self"
    STAFF = "staff"


@dataclass(frozen=True)
class OwnRate:
    """A rate of an action's own, per network, which replaces the burst limit.

    :param bucket: the name under which calls are counted; actions may share one.
    :param free: errors that do not count.
    :param shared: the rates of other actions with the same bucket. A call counts towards these too,
        so that callers cannot get around one limit through another action, but only ``rate``
        refuses it.
    :param failures: the same for rates that count only failures.
    """

    bucket: str
    rate: Rate
    free: tuple[type[ApiError], ...] = ()
    shared: Sequence[Rate] = field(default=(), hash=False)
    failures: tuple[Rate, ...] = ()

    def quotas(self, network: str) -> list[Quota]:
        """Return the quotas that a call from a network is charged to, its own rate last."""
        own = self.rate.current
        elsewhere = [
            Quota(self.bucket, network, rate, enforced=False)
            for rate in distinct(self.shared)
            if rate != own
        ]
        failures = [
            Quota(self.failed, network, rate, enforced=False) for rate in distinct(self.failures)
        ]
        return [*failures, *elsewhere, Quota(self.bucket, network, own)]

    @property
    def failed(self) -> str:
        """The name of the bucket that counts only failures."""
        return logins.bucket_of_failures(self.bucket)

    def settle(self, reservation: Reservation, error: ApiError | None) -> None:
        """Refund the charges that do not apply to the outcome of a call.

        :param error: the error that the call ended with; None on success.
        """
        if isinstance(error, self.free) and not error.counts:
            reservation.refund(self.bucket, self.failed)
        elif error is None or isinstance(error, SecondFactorChallengeRequired):
            reservation.refund(self.failed)


def login_rate(rate: Rate, *free: type[ApiError]) -> OwnRate:
    """Return the rate of a login endpoint. A login counts at every endpoint's rate.

    So a caller who is refused at one endpoint has no further attempts at another.

    :param rate: the one rate that refuses logins at this endpoint.
    :param free: errors that do not count.
    """
    if rate not in rates.LOGINS:
        rates.LOGINS.append(rate)
    return OwnRate(
        logins.BUCKET,
        rate,
        free=free,
        # Not a copy: dialects of other apps may still be loaded.
        shared=rates.LOGINS,
        failures=(rates.ADMIN_LOGIN,),
    )


class FailedLogins(OwnRate):
    """The rate of logins on pages and to the admin, where only failures count.

    People who share an office share an address, and those who are let in must not use up the
    attempts of the others. So a login is refused only because of failures, including failed logins
    to the API. Each failure also counts as a login to the API, so that guessing in both places
    allows no more attempts.
    """

    def quotas(self, network: str) -> list[Quota]:
        elsewhere = [
            Quota(self.bucket, network, rate, enforced=False) for rate in distinct(self.shared)
        ]
        return [*elsewhere, Quota(self.failed, network, self.rate.current)]

    def settle(self, reservation: Reservation, error: ApiError | None) -> None:
        if error is None or isinstance(error, self.free):
            reservation.refund(self.bucket, self.failed)


PAGE_LOGIN = FailedLogins(
    logins.BUCKET, rates.ADMIN_LOGIN, free=(SecondFactorChallengeRequired,), shared=rates.LOGINS
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The conditions under which an action may be called.

    :param audience: who may call the action.
    :param permission: the Django permission that a staff action requires; None if staff status is
        enough.
    :param further_permissions: those that it requires as well.
    :param spares_superusers: whether only superusers may do this to superusers; enforced by the
        service.
    :param scope: the scope that a scoped session needs; None if scoped sessions are refused.
    :param switches: the kill switches that close the action, in addition to GLOBAL.
    :param own_rate: a rate that replaces the burst limit. Staff are limited in staff actions only
        while they are refused.
    :param reverification: whether a full session must send its owner's password again.
    :param checks_password: whether the action itself checks a password, as a login does.
    :param always_open: whether the action ignores kill switches and bans; only rates apply.
    :raises ValueError: a permission is given for an action that is not for staff, or a further one
        without a first.
    """

    audience: Audience
    permission: str | None = None
    further_permissions: tuple[str, ...] = ()
    spares_superusers: bool = False
    scope: Scope | None = None
    switches: tuple[Switch, ...] = ()
    own_rate: OwnRate | None = None
    reverification: bool = False
    checks_password: bool = False
    always_open: bool = False

    def __post_init__(self) -> None:
        if self.permission and self.audience is not Audience.STAFF:
            raise ValueError("Only staff actions can require a permission.")
        if self.further_permissions and not self.permission:
            raise ValueError("Further permissions come after a first.")

    @property
    def permissions(self) -> tuple[str, ...]:
        """All permissions that a staff action requires."""
        return (self.permission, *self.further_permissions) if self.permission else ()

    def allows_staff(self, user: Caller) -> bool:
        """Return whether the user is a member of staff who has all permissions."""
        return may(user, None) and all(may(user, one) for one in self.permissions)

    def quotas(
        self,
        endpoint: str,
        user: Caller,
        network: Callable[[], str],
        *,
        is_refused: bool = False,
    ) -> Sequence[Quota]:
        """Return the quotas that a call of the endpoint is charged to.

        :param user: the caller, banned or not; an ``AnonymousUser`` if unknown.
        :param network: returns the caller's network; called only if needed.
        :param is_refused: whether the policy refuses the call, which is charged to staff as well.
        """
        if self.audience is Audience.STAFF and may(user, None) and not is_refused:
            return ()
        caller = f"user {user.pk}" if user.is_authenticated else network()
        general = Quota("all", caller, rates.GENERAL.current)
        if self.own_rate:
            return (general, *self.own_rate.quotas(network()))
        return (general, Quota(endpoint, caller, rates.BURST.current, reason="burst"))


def of_owned(read: Policy, remove: Policy) -> dict[str, Policy]:
    """Return the policies of a viewset for objects that users own, by action.

    :param read: the policy of ``list`` and ``retrieve``.
    :param remove: the policy of ``destroy``, ``destroy_many`` and ``destroy_all``.
    """
    return {
        "list": read,
        "retrieve": read,
        "destroy": remove,
        "destroy_many": remove,
        "destroy_all": remove,
    }


#: For requests that reach no endpoint (unknown paths, wrong methods) and the API's descriptions.
ALWAYS_OPEN = Policy(audience=Audience.ANYONE, always_open=True)
