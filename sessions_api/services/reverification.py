"""Reverification: the most sensitive endpoints require the password in addition to a session."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error
from django.http import HttpRequest

from sessions_api.exceptions import InvalidPassword, Overloaded, RateLimited
from sessions_api.models import AuditEvent, UserSession
from sessions_api.ratelimits import rates
from sessions_api.ratelimits.reservations import Quota, reserve
from sessions_api.services.audit import Actor, record
from sessions_api.services.credentials import verify_credentials
from sessions_api.services.second_factors import second_factors
from sessions_api.signals import reverification_failed, send_after_commit


def reverify(
    actor: Actor, password: str, *, purpose: str, request: HttpRequest | None = None
) -> None:
    """Check that the actor knows the password of their account.

    Only wrong passwords count towards the rate limit; one that could not be checked does not.

    :param purpose: the operation; a second factor challenge is bound to it.
    :param request: passed on to authentication backends.
    :raises RateLimited: there were too many wrong passwords.
    :raises InvalidPassword: the password is wrong.
    :raises SecondFactorChallengeRequired: it is right, and the user has a second factor.
    :raises Overloaded: too many passwords are being hashed at present.
    """
    user = actor.account
    reservation = reserve([quota_of(user)])
    if reservation.refused:
        raise RateLimited(headers=reservation.headers())
    try:
        name = user.get_username()
        found = verify_credentials(name, password, account=user, request=request)
    except (Error, Overloaded):
        reservation.refund()
        raise
    if found is None:
        record(AuditEvent.Kind.REVERIFICATION_FAILED, actor, subject=user)
        send_after_commit(reverification_failed, UserSession, actor=actor)
        raise InvalidPassword
    reservation.refund()
    second_factors().require_challenge(user, purpose=purpose)


def quota_of(user: AbstractBaseUser) -> Quota:
    """Return the quota of a user's wrong passwords at reverifications."""
    return Quota("reverification", str(user.pk), rates.WRONG_PASSWORDS.current)
