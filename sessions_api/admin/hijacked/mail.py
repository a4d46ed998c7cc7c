"""The link by which the owner of a secured account chooses a new password."""

import logging

import django
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, override

logger = logging.getLogger(__name__)

#: The name that Django's views for resetting passwords go by.
CONFIRM = "password_reset_confirm"
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


def address_of(account: AbstractBaseUser) -> str:
    """The account's email address; empty where it, or its model, has none."""
    return str(getattr(account, account.get_email_field_name(), None) or "")


def obstacle(account: AbstractBaseUser) -> str:
    """Why no link can be mailed to the owner, as a sentence; empty where it can."""
    if not site_sends_mail():
        return gettext("No link can be sent: this site is not set up to send email.")
    try:
        _path_for(account)
    except NoReverseMatch:
        return gettext("No link can be sent: this site has no page for choosing a password.")
    if not address_of(account):
        return gettext("No link can be sent: the account has no email address.")
    return ""


def site_sends_mail() -> bool:
    """Whether the project's settings name who sends it."""
    mailers = getattr(settings, "MAILERS", None) if django.VERSION >= (6, 1) else None
    if mailers is not None:
        return "default" in mailers and mailers["default"].get("BACKEND") != NO_MAIL
    # Django 6.1 warns where the setting is read; unset, it names a server on the same host.
    overridden = settings.is_overridden("EMAIL_BACKEND")  # type: ignore[misc]
    return not overridden or settings.EMAIL_BACKEND != NO_MAIL


def mail_link(request: HttpRequest, account: AbstractBaseUser, address: str) -> None:
    """Mail the link, and tell the user of the request whether that worked.

    Its host is that of the request, which Django has checked against ``ALLOWED_HOSTS``.
    """
    context: dict[str, object] = {
        "username": account.get_username(),
        "site": request.get_host(),
        "link": request.build_absolute_uri(_path_for(account)),
    }
    # Nobody knows the owner's language; the site's is a better guess than that of whoever clicks.
    with override(settings.LANGUAGE_CODE):
        subject = gettext("Choose a new password")
        text = render_to_string("admin/sessions_api/new_password_email.html", context)
    names = {"address": address}
    try:
        send_mail(subject, text, None, [address])
    # Every backend fails in its own ways; the account is secured in spite of any.
    except Exception as error:
        # Its name alone: what it says may hold the mail, and with it the link.
        logger.error("A link for a new password was not mailed: %s", type(error).__name__)
        messages.error(
            request,
            gettext(
                "The link could not be sent to %(address)s, and the old password no longer works. "
                "Secure the account again to send another link."
            )
            % names,
        )
    else:
        messages.success(
            request, gettext("Sent a link for choosing a new password to %(address)s.") % names
        )


def _path_for(account: AbstractBaseUser) -> str:
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    # The type checker knows this project's user model only.
    token = default_token_generator.make_token(account)  # type: ignore[arg-type]
    return reverse(CONFIRM, args=[uid, token])
