"""Verifying credentials, through the host's adapter."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from sessions_api.adapter import adapter


def verify_credentials(
    name: str,
    password: str,
    *,
    account: AbstractBaseUser | None,
    request: HttpRequest | None,
) -> AbstractBaseUser | None:
    """Return the account whose credentials these are, or None if they are wrong.

    Parameters and errors are those of :meth:`sessions_api.adapter.Adapter.authenticate`.
    """
    found = adapter().authenticate(name, password, account=account, request=request)
    # A host's adapter may be wrong, and must not open one account with another's password.
    if found is not None and account is not None and found.pk != account.pk:
        return None
    return found
