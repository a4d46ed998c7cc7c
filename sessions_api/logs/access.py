"""The access line: what was asked of the service and by whom, without what the client sent."""

import contextlib
import functools
import logging
import re

from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_api.callers.clients import Client, network_of

logger = logging.getLogger("sessions_api.access")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
#: Stands for what there is not, as in the access logs of web servers.
NONE = "-"

#: A group of a pattern, with or without a name, and what else simple patterns consist of.
_NAMED = re.compile(r"\(\?P(<\w+>)[^()]*\)")
_ANCHORS = re.compile(r"\^|\$|\\[AZ]|/\?(?=\\Z|\$)")


def log_access(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Log a request.

    Its route stands for its path, whose parts may be secret, as in links for a new password.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    user, session = _caller(request, response)
    match = request.resolver_match
    fields = {
        "method": request.method if request.method in METHODS else NONE,
        "route": readable_route(match.route) if match else NONE,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "user": user,
        "session": session,
        "network": network_of(Client.of(request).address),
    }
    logger.info(
        "%(method)s %(route)s %(status)s %(ms)s ms user=%(user)s session=%(session)s "
        "from %(network)s",
        fields,
        extra={"access": fields},
    )


@functools.lru_cache(1000)
def readable_route(route: str) -> str:
    """Return a route as a path with placeholders, such as ``/api/v5/users/me/sessions/<sid>``."""
    # The prefix of the API ends a path, or a part of it.
    plain = _NAMED.sub(r"\1", route).replace("(?:/|$)", "/")
    return "/" + _ANCHORS.sub("", plain).removeprefix("/")


def _caller(request: HttpRequest, response: HttpResponseBase) -> tuple[object, object]:
    """Return the ids of the user and the session, as far as the request has read them."""
    if (session := getattr(request, "auth", None)) is not None:
        return session.user_id, session.sid
    # A page that failed may have failed to read its session, and would fail again.
    pages = getattr(request, "session", None)
    if pages is not None and pages.accessed and response.status_code < 500:
        with contextlib.suppress(DatabaseError):
            return pages.get(SESSION_KEY, NONE), NONE
    return NONE, NONE
