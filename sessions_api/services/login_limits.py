"""Resetting the limits of login attempts for a user who has used them up."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from sessions_api.accounts.privileges import may_manage
from sessions_api.callers.clients import network_of
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import AuditEvent
from sessions_api.ratelimits.logins import quotas_of_logins
from sessions_api.ratelimits.reservations import reset
from sessions_api.services.audit import Actor, record
from sessions_api.services.authority import lock_account, require_authority
from sessions_api.services.reverification import quota_of
from sessions_api.services.second_factors import second_factors

Kind = AuditEvent.Kind

#: What counts as a login from a network; successful ones do, too, in the API.
ATTEMPTS = (Kind.LOGIN, Kind.LOGIN_FAILED, Kind.CHALLENGE_FAILED)
#: How far back attempts are of interest at least. The windows of the limits may be longer.
PERIOD = timedelta(hours=1)
#: How many of a user's newest attempts are searched, and how many networks are named.
SEARCHED = 1_000
MOST_NETWORKS = 10


def networks_of_attempts(user: AbstractBaseUser) -> Mapping[str, int]:
    """Return the networks from which a user's account was recently tried, with the numbers of
    attempts, the most frequent first."""
    longest = max(quota.rate.period for quota in quotas_of_logins(""))
    since = timezone.now() - max(PERIOD, timedelta(seconds=longest))
    attempts = AuditEvent.objects.filter(subject=user.pk, kind__in=ATTEMPTS, at__gte=since)
    addresses = attempts.order_by("-at").values_list("address", flat=True)[:SEARCHED]
    return dict(Counter(map(network_of, addresses)).most_common(MOST_NETWORKS))


def reset_login_limits(
    user: AbstractBaseUser, *, actor: Actor, reason: str, networks: Collection[str]
) -> bool:
    """Reset the limits of a user's wrong answers and passwords, and of logins from networks.

    :param networks: some of those that :func:`networks_of_attempts` returns. Others who use them,
        such as an attacker, get new attempts as well.
    :returns: whether the counts that all processes share were reset. If not, the cache is away, and
        every process counts in its own memory, of which only this one's was reset.
    :raises InvalidUser: the account has been deleted.
    :raises InsufficientPermissions: the account is one of staff, and the actor is no superuser: it
        would allow more guesses of a second factor.
    :raises ApiError: the actor may no longer act; see :func:`~.authority.lock_account`.
    """
    with transaction.atomic():
        account = lock_account(user, actor=actor)
        if not may_manage(require_authority(actor), account):
            raise InsufficientPermissions
        kind = Kind.LOGIN_LIMITS_RESET
        record(kind, actor, subject=account, reason=reason, networks=sorted(networks))
    of_networks = [quota for network in networks for quota in quotas_of_logins(network)]
    return reset([quota_of(account), *second_factors().attempt_quotas(account), *of_networks])
