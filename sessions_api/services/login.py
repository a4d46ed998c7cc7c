"""Logging in with a password."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from django.contrib.auth import user_logged_in, user_login_failed
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest

from killswitches.gate import switches_on
from killswitches.registry import ACCOUNT_CREATE
from sessions_api.accounts.lookup import find_by_id
from sessions_api.adapter import Lifetime, LoginName, adapter
from sessions_api.adapter.backends import username_of
from sessions_api.callers.clients import Client
from sessions_api.callers.switch_callers import SwitchCaller
from sessions_api.conf import api_settings
from sessions_api.exceptions import ApiError, Banned, InvalidPassword, InvalidUser
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor, record
from sessions_api.services.credentials import verify_credentials
from sessions_api.services.second_factors import LOGIN, second_factors
from sessions_api.services.session_creation import create_session
from sessions_api.signals import login_failed, send_after_commit

#: The number of attempts if the account's hash changes before the session is created.
ATTEMPTS = 3
#: Replaces the password for receivers of Django's signal, as in Django itself.
CLEANSED = "********************"


def log_in(
    name: str,
    password: str,
    *,
    by: LoginName = LoginName.USERNAME,
    client: Client,
    lifetime: timedelta,
    kind: Lifetime = Lifetime.LOGIN,
    dialect: str = "",
    session_name: str | None = None,
    request: HttpRequest | None = None,
) -> tuple[UserSession, str]:
    """Check a password and begin a session.

    :param name: the account's username or email address, as typed.
    :param by: which of them it may be.
    :param lifetime: as in :func:`~sessions_api.services.session_creation.create_session`; so are
        ``kind``, ``dialect`` and ``session_name``.
    :param request: passed on to authentication backends and receivers of Django's signals.
    :returns: the session and its token.
    :raises SecondFactorChallengeRequired: the password is right, and the user has a second factor.
    :raises InvalidUser: there is no such account, and ``HIDE_UNKNOWN_USERS`` is off.
    :raises InvalidPassword: the password is wrong, or there is no such account and
        ``HIDE_UNKNOWN_USERS`` is on.
    :raises Banned: the password is right, but the account is banned.
    :raises ApiError: the host's adapter refuses the login.
    :raises Overloaded: too many passwords are being hashed at present.
    """
    account = adapter().find_account(name, by)
    for _ in range(ATTEMPTS):
        with _failures_recorded(account, name, client, request):
            user = _check(account, name, password, request, SwitchCaller(lambda: client, dialect))
            _admit(user, client, dialect)
        try:
            begun = create_session(
                user,
                client=client,
                lifetime=lifetime,
                kind=kind,
                dialect=dialect,
                name=session_name,
                by_password=LOGIN,
            )
        except InvalidPassword:
            # A parallel login may have upgraded the hash of the same password.
            account = find_by_id(str(user.pk))
            continue
        _send_logged_in(user, begun[0], request)
        return begun
    raise InvalidPassword


def log_in_with_second_factor(
    answer: object,
    *,
    client: Client,
    lifetime: timedelta,
    kind: Lifetime = Lifetime.LOGIN,
    dialect: str = "",
    session_name: str | None = None,
    request: HttpRequest | None = None,
) -> tuple[UserSession, str]:
    """Verify the answer to a challenge of :func:`log_in` and begin a session.

    :param answer: the raw value of the field ``2fa``.
    :returns: the session and its token.
    :raises ApiError: the host's adapter refuses the login, or see ``verify_challenge()`` of
        :mod:`sessions_api.services.second_factors`.
    """
    user = second_factors().verify_challenge(answer, purpose=LOGIN, client=client)
    with _failures_recorded(user, user.get_username(), client, request):
        _admit(user, client, dialect)
    begun = create_session(
        user,
        client=client,
        lifetime=lifetime,
        kind=kind,
        dialect=dialect,
        name=session_name,
    )
    _send_logged_in(user, begun[0], request)
    return begun


def _check(
    account: AbstractBaseUser | None,
    name: str,
    password: str,
    request: HttpRequest | None,
    caller: SwitchCaller,
) -> AbstractBaseUser:
    hides = api_settings().HIDE_UNKNOWN_USERS
    if account is None and not _asks_about_unknown_names(caller):
        if not hides:
            raise InvalidUser
        make_password(password)
        raise InvalidPassword
    found = verify_credentials(name, password, account=account, request=request)
    if found is not None:
        return found
    if account is not None or hides:
        raise InvalidPassword
    # Backends have been asked about an unknown name, which is not free.
    raise InvalidUser(counts=True)


def _asks_about_unknown_names(caller: SwitchCaller) -> bool:
    """Return whether backends are asked about names without an account.

    They are if they may create accounts, unless a kill switch forbids that; or if unknown names
    must take as long as wrong passwords, because which accounts exist is a secret.
    """
    if adapter().backends_create_accounts:
        return switches_on().closing([ACCOUNT_CREATE], lambda: caller) is None
    return api_settings().HIDE_UNKNOWN_USERS


def _admit(user: AbstractBaseUser, client: Client, dialect: str) -> None:
    """Refuse a login although the credentials are right.

    :raises ApiError: the account is banned, or the host's adapter refuses it.
    """
    if not user.is_active:
        raise Banned
    adapter().check_login(user, client=client, dialect=dialect)


@contextmanager
def _failures_recorded(
    account: AbstractBaseUser | None, name: str, client: Client, request: HttpRequest | None
) -> Iterator[None]:
    """Audit an error as a failed login, and send the signals."""
    try:
        yield
    except ApiError as error:
        if error.status >= 500:
            raise  # not a failed login: the password has not been checked
        # The typed name is not recorded, because people type passwords into the wrong field.
        record(AuditEvent.Kind.LOGIN_FAILED, Actor(client=client), subject=account, code=error.code)
        send_after_commit(login_failed, UserSession, user=account, client=client, code=error.code)
        if api_settings().SEND_LOGIN_SIGNALS:
            # With the name nevertheless, as from Django, because receivers such as django-axes lock
            # it out. Its spelling is the one that backends get. Sent immediately, so that receivers
            # have counted before the next attempt.
            given = {"username": username_of(account, name), "password": CLEANSED}
            user_login_failed.send_robust("django.contrib.auth", credentials=given, request=request)
        raise


def _send_logged_in(
    user: AbstractBaseUser, session: UserSession, request: HttpRequest | None
) -> None:
    if api_settings().SEND_LOGIN_SIGNALS:
        send = partial(user_logged_in.send_robust, type(user))
        transaction.on_commit(partial(send, request=request, user=user, session=session))
