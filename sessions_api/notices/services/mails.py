"""The mails of notices, as text and HTML."""

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language_bidi, override

from killswitches.times import plain_time
from sessions_api.accounts.mail import address_of, is_same_address, new_password_path
from sessions_api.conf import api_settings
from sessions_api.notices.models import NEW_PASSWORD_LINK, Notice, kinds
from sessions_api.notices.services.details import PASSWORD_MARK
from sessions_api.notices.services.links import link_of, site_link
from sessions_api.notices.services.readiness import can_be_sent
from sessions_api.notices.services.texts import letter_of, unlinked
from sessions_api.passwords.marks import password_mark

if TYPE_CHECKING:
    from django.core.mail.message import EmailMessage

TEMPLATE = "sessions_api/notices/mail"


class Withdrawn(Exception):
    """The mail must not be sent any more."""


class NotConfigured(Exception):
    """The settings no longer say how to send mail, or where its links lead to."""


def mail_of(notice: Notice) -> "EmailMessage":
    """Return the mail of a notice.

    It is in the site's language, because its reader's is unknown.

    :raises NotConfigured: notices cannot be sent at present.
    :raises Withdrawn: it is a link for a new password, and the account's address or password has
        been changed since; or the app whose notice it is is no longer installed.
    """
    if not can_be_sent():
        raise NotConfigured
    if notice.kind not in dict(kinds()):
        raise Withdrawn
    account: AbstractBaseUser = notice.user
    site = urlsplit(api_settings().SITE_URL).netloc
    with override(settings.LANGUAGE_CODE):
        letter = letter_of(notice, site=site)
        context = {
            "letter": letter,
            "username": unlinked(account.get_username()),
            "site": site,
            "language": settings.LANGUAGE_CODE,
            "direction": "rtl" if get_language_bidi() else "ltr",
            **_links(notice, account),
        }
        text = render_to_string(f"{TEMPLATE}.txt", context)
        html = render_to_string(f"{TEMPLATE}.html", context)
    mail = EmailMultiAlternatives(
        letter.subject,
        text,
        to=[notice.address],
        headers={
            # The same if it comes twice, so that mail programs can show it once.
            "Message-ID": f"<{notice.pk}@{urlsplit(api_settings().SITE_URL).hostname}>",
            # RFC 3834: no automatic replies.
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _links(notice: Notice, account: AbstractBaseUser) -> dict[str, str]:
    """Return the links of the mail: one to disown what it tells, or one for a new password."""
    if notice.kind == NEW_PASSWORD_LINK:
        is_current = is_same_address(address_of(account), notice.address)
        # Somebody who has set another one since, such as staff, may not trust the mailbox.
        is_revoked = notice.detail.get(PASSWORD_MARK) == password_mark(account.password)
        if not (is_current and is_revoked):
            raise Withdrawn
        lifetime = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        return {
            "new_password_link": site_link(new_password_path(account)),
            "works_until": plain_time(timezone.now() + lifetime),
        }
    # The account may have been secured before the mail was sent.
    return {} if notice.link_closed_at else {"not_me_link": link_of(notice)}
