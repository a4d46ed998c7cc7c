"""The links "This wasn't me" in notices.

A link contains the notice's id and a signature, so that read access to the database is not enough
to forge one. It works once, and for three days from the last attempt to send the mail.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.core import signing
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.notices.models import Notice

LIFETIME = timedelta(days=3)
#: The URL name of the page behind the link, and the query parameter with the token.
PAGE = "notices:not_me"
TOKEN = "token"  # noqa: S105

SALT = "sessions_api.notices.not_me"


class LinkUnusable(Exception):
    """The link is forged, has been used, or has expired."""


class LinkForged(LinkUnusable):
    """There is no such link."""


class LinkUsed(LinkUnusable):
    """The link has been used, or the account has been secured in another way since."""


class LinkExpired(LinkUnusable):
    """The link is older than :data:`LIFETIME`."""


@dataclass(frozen=True)
class Link:
    """A valid link.

    :param notice: the notice that it disowns, with the user.
    :param token: the token in its query.
    """

    notice: Notice
    token: str


def site_link(path: str) -> str:
    """Return a path as a URL of the site, whose origin is never taken from a request."""
    # The site's URL has the prefix, which a thread outside of requests does not know.
    return f"{api_settings().SITE_URL.rstrip('/')}/{path.removeprefix(get_script_prefix())}"


def link_of(notice: Notice) -> str:
    """Return the link of a notice.

    :raises NoReverseMatch: the project has not mounted the page.
    """
    query = urlencode({TOKEN: _signer().sign(notice.pk.hex)})
    return f"{site_link(reverse(PAGE))}?{query}"


def read_link(token: str) -> Link:
    """Look up the notice of a link. Forged tokens take no query.

    :raises LinkUnusable: one of the subclasses says why.
    """
    try:
        key = uuid.UUID(_signer().unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise LinkForged from error
    notice = Notice.objects.select_related("user").filter(pk=key).first()
    if notice is None or notice.attempted_at is None:
        raise LinkForged
    if notice.link_closed_at is not None:
        raise LinkUsed
    if timezone.now() >= notice.attempted_at + LIFETIME:
        raise LinkExpired
    return Link(notice, token)


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT, algorithm="sha256")
