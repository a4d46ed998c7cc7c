"""Logging in with a password."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password

from sessions_api.accounts.lookup import find_by_id
from sessions_api.callers.clients import Client
from sessions_api.conf import api_settings
from sessions_api.exceptions import ApiError, Banned, InvalidPassword, InvalidUser, Overloaded
from sessions_api.models import AuditEvent, UserSession
from sessions_api.passwords.checking import check_password
from sessions_api.services.audit import Actor, record
from sessions_api.services.second_factors import LOGIN, second_factors
from sessions_api.services.sessions import create_session
from sessions_api.signals import login_failed, send_after_commit

#: How often a password is checked that changes every time until its session can begin.
ATTEMPTS = 3


def log_in(
    user: AbstractBaseUser | None,
    password: str,
    *,
    client: Client,
    lifetime: timedelta,
    dialect: str = "",
    session_name: str | None = None,
) -> tuple[UserSession, str]:
    """Check a password and begin a session.

    :param user: the account that was named; None where there is none of that name.
    :returns: the session and its token.
    :raises SecondFactorChallengeRequired: the password is right, and the user has a second factor.
    :raises InvalidUser: there is no such account, unless ``HIDE_UNKNOWN_USERS`` is set.
    :raises InvalidPassword: the password is wrong.
    :raises Banned: the password is right, but the account is banned.
    :raises Overloaded: too many passwords are being checked at present.
    """
    for _ in range(ATTEMPTS):
        account = _authenticate(user, password, client)
        try:
            return create_session(
                account,
                client=client,
                lifetime=lifetime,
                dialect=dialect,
                name=session_name,
                by_password=LOGIN,
            )
        except InvalidPassword:
            # The password may be the same, and a login beside this one have made a stronger hash.
            user = find_by_id(str(account.pk))
    raise InvalidPassword


def log_in_with_second_factor(
    answer: object,
    *,
    client: Client,
    lifetime: timedelta,
    dialect: str = "",
    session_name: str | None = None,
) -> tuple[UserSession, str]:
    """Begin a session for who answers the challenge that :func:`log_in` has made.

    :param answer: the field ``2fa`` as it came.
    :returns: the session and its token.
    :raises ApiError: as ``verify_challenge()`` of :mod:`sessions_api.services.second_factors`.
    """
    user = second_factors().verify_challenge(answer, purpose=LOGIN, client=client)
    return create_session(
        user, client=client, lifetime=lifetime, dialect=dialect, name=session_name
    )


def _authenticate(user: AbstractBaseUser | None, password: str, client: Client) -> AbstractBaseUser:
    try:
        return _check(user, password)
    except Overloaded:
        raise  # no login has been tried
    except ApiError as error:
        # The name tried is not kept: people type passwords into the wrong field.
        record(AuditEvent.Kind.LOGIN_FAILED, Actor(client=client), subject=user, code=error.code)
        send_after_commit(login_failed, UserSession, user=user, client=client, code=error.code)
        raise


def _check(user: AbstractBaseUser | None, password: str) -> AbstractBaseUser:
    if user is None:
        if not api_settings().HIDE_UNKNOWN_USERS:
            raise InvalidUser
        # As much work as for an account that exists, so that the clock does not tell them apart.
        make_password(password)
        raise InvalidPassword
    if not check_password(user, password):
        raise InvalidPassword
    if not user.is_active:
        raise Banned
    return user
