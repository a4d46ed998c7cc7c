"""Checking credentials through Django's ``AUTHENTICATION_BACKENDS``."""

import inspect
from typing import TypeGuard

from django.conf import settings
from django.contrib.auth import load_backend
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from sessions_api.accounts.lookup import canonical_name
from sessions_api.conf import api_settings
from sessions_api.passwords.checking import check_password


@sensitive_variables("password")
def authenticate(
    name: str,
    password: str,
    *,
    account: AbstractBaseUser | None,
    request: HttpRequest | None,
) -> AbstractBaseUser | None:
    """Ask the backends in order, as ``django.contrib.auth.authenticate()`` does.

    Where a backend would only compare the stored hash (``ModelBackend.authenticate``), the account
    that is already known is checked instead. That saves a query, and an inactive account with the
    right password can be told that it is banned.

    :param name: as typed. Backends are passed the name of :func:`username_of`.
    :param account: None if no account has this name. With ``HIDE_UNKNOWN_USERS`` as much work is
        done then as for a wrong password, so that response times do not reveal it.
    :returns: the account returned by the first backend that accepts the credentials, whose path is
        in its attribute ``backend``, as in Django. None if no backend accepts them, or one ends the
        search by ``PermissionDenied``.
    :raises Overloaded: too many passwords are being hashed at present.
    :raises Exception: a backend raised it.
    """
    username = username_of(account, name)
    for path in settings.AUTHENTICATION_BACKENDS:
        backend = load_backend(path)
        if _compares_hashes(backend):
            found = _compare_hash(backend, account, password)
        elif takes_passwords(backend):
            try:
                found = backend.authenticate(request, username=username, password=password)
            except PermissionDenied:
                return None
        else:
            continue
        # A backend may be wrong, and must not end the search with somebody else.
        if found is None or (account is not None and found.pk != account.pk):
            continue
        found.backend = path
        return found
    return None


def username_of(account: AbstractBaseUser | None, name: str) -> str:
    """Return the name under which backends and receivers of Django's signals know an account.

    :param name: as typed. If no account has it, it is spelled in one way, too: otherwise a lockout
        for one spelling that holds for another would reveal that there is an account.
    """
    return canonical_name(name) if account is None else account.get_username()


def takes_passwords(backend: BaseBackend) -> bool:
    """Return whether a backend takes a username and a password: not all do."""
    try:
        inspect.signature(backend.authenticate).bind(None, username="", password="")
    except (AttributeError, TypeError):
        return False
    return True


def _compares_hashes(backend: BaseBackend) -> TypeGuard[ModelBackend]:
    """Return whether a backend is Django's own, or a subclass with the same authentication."""
    return type(backend).authenticate is ModelBackend.authenticate


def _compare_hash(
    backend: ModelBackend, account: AbstractBaseUser | None, password: str
) -> AbstractBaseUser | None:
    """Return the account if the password is right and the backend admits the account.

    Inactive accounts are not refused here: the caller raises another error for them.
    """
    if account is None:
        if api_settings().HIDE_UNKNOWN_USERS:
            make_password(password)
        return None
    if not check_password(account, password):
        return None
    # The type checker knows this project's user model only.
    allowed = not account.is_active or backend.user_can_authenticate(account)  # type: ignore[arg-type]
    return account if allowed else None
