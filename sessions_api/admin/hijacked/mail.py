"""Mailing the link with which the owner of a secured account chooses a new password."""

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

#: The URL name of the page behind the link, as in Django's views for resetting passwords.
CONFIRM = "password_reset_confirm"
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


def address_of(account: AbstractBaseUser) -> str:
    """Return the account's email address; empty if the account or its model has none."""
    return str(getattr(account, account.get_email_field_name(), None) or "")


def obstacle(account: AbstractBaseUser) -> str:
    """Return why no link can be mailed to the owner, as a sentence; empty if one can."""
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
    """Return whether the project's settings configure the sending of mail."""
    mailers = getattr(settings, "MAILERS", None) if django.VERSION >= (6, 1) else None
    if mailers is not None:
        return "default" in mailers and mailers["default"].get("BACKEND") != NO_MAIL
    # Django 6.1 warns if the setting is read. The default is a mail server on the same host.
    overridden = settings.is_overridden("EMAIL_BACKEND")  # type: ignore[misc]
    return not overridden or settings.EMAIL_BACKEND != NO_MAIL


def mail_link(request: HttpRequest, account: AbstractBaseUser, address: str) -> None:
    """Mail the link, and report to the user of the request whether that worked.

    The link has the host of the request, which Django has checked against ``ALLOWED_HOSTS``.
    """
    context: dict[str, object] = {
        "username": account.get_username(),
        "site": request.get_host(),
        "link": request.build_absolute_uri(_path_for(account)),
    }
    # The owner's language is unknown. The site's is a better guess than that of the staff.
    with override(settings.LANGUAGE_CODE):
        subject = gettext("Choose a new password")
        text = render_to_string("admin/sessions_api/new_password_email.html", context)
    names = {"address": address}
    try:
        send_mail(subject, text, None, [address])
    # Each mail backend has its own errors. The account has been secured anyway.
    except Exception as error:
        # Only its name, because its message may contain the mail, and thus the link.
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
