"""The structures of responses about accounts, for the OpenAPI description."""

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured

from sessions_api.accounts.lookup import user_key
from sessions_api.accounts.mail import mail_field
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.structures import listed, shaped
from sessions_api.users.rendering import AccountRenderer, ShownAccount, account_renderer


def _sample() -> AbstractBaseUser:
    """Return an unsaved account with a key, a name and an address."""
    model = get_user_model()
    fields = {model.USERNAME_FIELD: "ann"} | {
        name: "ann@example.com" for name in [mail_field()] if name
    }
    account: AbstractBaseUser = model(**fields)
    account.pk = user_key(samples.USER_ID) or samples.USER_ID
    return account


def _renderer() -> AccountRenderer:
    """Return the project's renderer, or the default one if the project's cannot be loaded.

    URLs import this module. If it failed, no system check would say what is wrong.
    """
    try:
        return account_renderer()
    except ImproperlyConfigured:
        return AccountRenderer()


ANN, RENDERER = _sample(), _renderer()

STRUCTURES = {
    "User": shaped(RENDERER.shape, ShownAccount(ANN, domain="localhost")),
    "UserList": listed(RENDERER.list_shape, ANN),
}
