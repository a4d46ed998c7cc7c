"""Mailing the link with which the owner of a secured account chooses a new password."""

import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from django.utils.translation import gettext, override

from sessions_api.accounts.mail import address_of, new_password_path, site_sends_mail

logger = logging.getLogger(__name__)


def obstacle(account: AbstractBaseUser) -> str:
    """Return why no link can be mailed to the owner, as a sentence; empty if one can."""
    if not site_sends_mail():
        return gettext("No link can be sent: this site is not set up to send email.")
    try:
        new_password_path(account)
    except NoReverseMatch:
        return gettext("No link can be sent: this site has no page for choosing a password.")
    if not address_of(account):
        return gettext("No link can be sent: the account has no email address.")
    return ""


def mail_link(request: HttpRequest, account: AbstractBaseUser, address: str) -> None:
    """Mail the link, and report to the user of the request whether that worked.

    The link has the host of the request, which Django has checked against ``ALLOWED_HOSTS``.
    """
    context: dict[str, object] = {
        "username": account.get_username(),
        "site": request.get_host(),
        "link": request.build_absolute_uri(new_password_path(account)),
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
