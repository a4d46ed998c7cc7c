"""Verifying credentials, through the host's adapter."""

import logging
import traceback

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from sessions_api.adapter import adapter
from sessions_api.databases.outages import is_unavailable
from sessions_api.exceptions import ApiError, Internal
from sessions_api.passwords.checking import is_still_correct

logger = logging.getLogger("sessions_api")


@sensitive_variables("password")
def verify_credentials(
    name: str,
    password: str,
    *,
    account: AbstractBaseUser | None,
    request: HttpRequest | None,
) -> AbstractBaseUser | None:
    """Return the account whose credentials these are, or None if they are wrong.

    Parameters are those of :meth:`sessions_api.adapter.Adapter.authenticate`.

    :raises Overloaded: too many passwords are being hashed at present.
    :raises Internal: the adapter or a backend failed, which counts towards the rates: otherwise
        anybody who can make it fail could guess passwords without a limit.
    """
    try:
        found = adapter().authenticate(name, password, account=account, request=request)
        if found is None or not _may_be(found, account):
            return None
        # A backend of the host's may have upgraded a hash that somebody else has replaced.
        return found if is_still_correct(found, password) else None
    except PermissionDenied:
        return None
    except ApiError:
        raise
    except Exception as error:
        if is_unavailable(error):
            raise
        _log(error)
        raise Internal(counts=True) from error


def _may_be(found: AbstractBaseUser, account: AbstractBaseUser | None) -> bool:
    """Return whether the adapter's answer is for the account that was named.

    A host's adapter may be wrong, and must not open one account with another's password.

    :raises TypeError: it is no saved account.
    """
    if not isinstance(found, get_user_model()) or found._state.adding:
        raise TypeError(f"Adapter.authenticate() returned a {type(found)}, no saved account.")
    if account is None:
        return adapter().backends_create_accounts
    return bool(found.pk == account.pk)


def _log(error: Exception) -> None:
    """Log a failure with where it happened, but without messages: the password may be in them."""
    stack = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    logger.error("Could not check a password: %s\n%s", kind, stack)
