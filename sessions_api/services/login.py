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
from sessions_api.services.session_creation import create_session
from sessions_api.signals import login_failed, send_after_commit

#: How often a password is checked if the account's hash changes before the session is created.
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

    :param user: the account; None if there is none of the given name.
    :param lifetime: as in :func:`~sessions_api.services.session_creation.create_session`; so are
        ``dialect`` and ``session_name``.
    :returns: the session and its token.
    :raises SecondFactorChallengeRequired: the password is right, and the user has a second factor.
    :raises InvalidUser: there is no such account, and ``HIDE_UNKNOWN_USERS`` is off.
    :raises InvalidPassword: the password is wrong, or there is no such account and
        ``HIDE_UNKNOWN_USERS`` is on.
    :raises Banned: the password is right, but the account is banned.
    :raises Overloaded: too many passwords are being hashed at present.
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
            # A parallel login may have upgraded the hash of the same password.
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
    """Verify the answer to a challenge of :func:`log_in` and begin a session.

    :param answer: the raw value of the field ``2fa``.
    :returns: the session and its token.
    :raises ApiError: see ``verify_challenge()`` of :mod:`sessions_api.services.second_factors`.
    """
    user = second_factors().verify_challenge(answer, purpose=LOGIN, client=client)
    return create_session(
        user, client=client, lifetime=lifetime, dialect=dialect, name=session_name
    )


def _authenticate(user: AbstractBaseUser | None, password: str, client: Client) -> AbstractBaseUser:
    try:
        return _check(user, password)
    except Overloaded:
        raise  # not a failed login: the password has not been checked
    except ApiError as error:
        # The given name is not recorded, because people type passwords into the wrong field.
        record(AuditEvent.Kind.LOGIN_FAILED, Actor(client=client), subject=user, code=error.code)
        send_after_commit(login_failed, UserSession, user=user, client=client, code=error.code)
        raise


def _check(user: AbstractBaseUser | None, password: str) -> AbstractBaseUser:
    if user is None:
        if not api_settings().HIDE_UNKNOWN_USERS:
            raise InvalidUser
        # Takes as long as for an account that exists, so that response times do not reveal it.
        make_password(password)
        raise InvalidPassword
    if not check_password(user, password):
        raise InvalidPassword
    if not user.is_active:
        raise Banned
    return user
