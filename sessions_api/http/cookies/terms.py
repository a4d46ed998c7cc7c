"""How sessions that begin on pages of a host begin."""

from datetime import timedelta
from typing import TypedDict

from django.http import HttpRequest

from sessions_api.adapter import Lifetime
from sessions_api.callers.clients import Client
from sessions_api.callers.session_names import clean_session_name
from sessions_api.services.lifetimes import DAY, TEN_YEARS, lifetime_of

#: What sessions that begin on pages have for a dialect, in ``LIFETIMES`` too.
PAGES = "pages"


class Terms(TypedDict):
    """How a session begins, for :mod:`sessions_api.services.login`."""

    client: Client
    lifetime: timedelta
    kind: Lifetime
    dialect: str
    session_name: str | None
    request: HttpRequest


def terms(request: HttpRequest, *, remember: bool, name: str | None) -> Terms:
    """Return how a session of a page begins.

    :param remember: whether it gets the longer lifetime.
    :param name: its name; None or an invalid one for one made from the device.
    """
    kind, usual = (Lifetime.REMEMBERED, TEN_YEARS) if remember else (Lifetime.LOGIN, DAY)
    return Terms(
        client=Client.of(request),
        lifetime=lifetime_of(PAGES, kind, usual),
        kind=kind,
        dialect=PAGES,
        session_name=clean_session_name(name or ""),
        request=request,
    )
