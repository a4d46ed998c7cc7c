"""Mail to the owners of accounts: whether it can be sent, to where, and the page for a password."""

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

#: The URL name of the page for a new password, as in Django's views for resetting passwords.
NEW_PASSWORD_PAGE = "password_reset_confirm"  # noqa: S105
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


def mail_field() -> str | None:
    """Return the name of the column with the accounts' email addresses; None if there is none."""
    model = get_user_model()
    # Django's get_email_field_name() has the same default, but sets it on the model as well.
    name = getattr(model, "EMAIL_FIELD", "email")
    return name if name in {field.name for field in model._meta.concrete_fields} else None


def address_of(account: AbstractBaseUser) -> str:
    """Return the account's email address; empty if the account or its model has none."""
    return str(getattr(account, mail_field() or "", None) or "")


def is_same_address(one: str, other: str) -> bool:
    """Return whether two email addresses are the same, in whatever case."""
    return one.casefold() == other.casefold()


def site_sends_mail() -> bool:
    """Return whether the project's settings configure the sending of mail."""
    mailers = getattr(settings, "MAILERS", None) if django.VERSION >= (6, 1) else None
    if mailers is not None:
        return "default" in mailers and mailers["default"].get("BACKEND") != NO_MAIL
    # Django 6.1 warns if the setting is read. The default is a mail server on the same host.
    overridden = settings.is_overridden("EMAIL_BACKEND")  # type: ignore[misc]
    return not overridden or settings.EMAIL_BACKEND != NO_MAIL


def new_password_path(account: AbstractBaseUser) -> str:
    """Return the path of the page on which the owner of an account chooses a new password.

    It works once, and until the account's password or email address changes.

    :raises NoReverseMatch: the project has no such page.
    """
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    # The type checker knows this project's user model only.
    token = default_token_generator.make_token(account)  # type: ignore[arg-type]
    return reverse(NEW_PASSWORD_PAGE, args=[uid, token])
