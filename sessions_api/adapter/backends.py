"""Checking credentials through Django's ``AUTHENTICATION_BACKENDS``."""

import inspect

from django.contrib.auth import get_backends
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from sessions_api.passwords.checking import check_password


def authenticate(
    name: str,
    password: str,
    *,
    account: AbstractBaseUser | None,
    request: HttpRequest | None,
) -> AbstractBaseUser | None:
    """Ask each backend in turn, as ``django.contrib.auth.authenticate()`` does.

    Where a backend would only compare the stored hash (``ModelBackend.authenticate``), the account
    that is already known is checked instead. That saves a query, and an inactive account with the
    right password can be told that it is banned.

    :param name: as typed. Backends are passed the account's own login name if it is known.
    :returns: the account, or None if no backend accepts the credentials, one of them refuses them
        for all (``PermissionDenied``), or the backend knows them under another account.
    :raises Overloaded: too many passwords are being hashed at present.
    """
    username = name if account is None else account.get_username()
    for backend in get_backends():
        if type(backend).authenticate is ModelBackend.authenticate:
            if account is not None and check_password(account, password):
                return account
            continue
        if not _takes_passwords(backend, request):
            continue
        try:
            found = backend.authenticate(request, username=username, password=password)
        except PermissionDenied:
            return None
        if found is not None and (account is None or found.pk == account.pk):
            return found
    return None


def _takes_passwords(backend: object, request: HttpRequest | None) -> bool:
    """Return whether a backend takes a username and a password: not all do."""
    try:
        authenticate = backend.authenticate  # type: ignore[attr-defined]
        inspect.signature(authenticate).bind(request, username="", password="")
    except (AttributeError, TypeError):
        return False
    return True
