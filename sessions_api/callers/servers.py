"""Servers that merge headers whose names differ only in ``-`` and ``_``."""

import functools
import logging

from django.http import HttpRequest

from sessions_api.conf import api_settings

logger = logging.getLogger(__name__)

#: What a deployment with ``TRUSTED_PROXIES`` must ensure, so that clients cannot forge addresses.
PROXY_REQUIREMENTS = (
    "Each of the TRUSTED_PROXIES must write X-Forwarded-For itself, nobody may reach the service "
    "past them, and the last one or the server must drop headers with an underscore in their name. "
    "Otherwise clients can choose the address that is rate limited and recorded."
)
PROXY_HINT = (
    "nginx, gunicorn and Django under ASGI drop them; Caddy does with `header_up -*_*`. "
    "Set PROXY_DROPS_UNDERSCORES if the last proxy does."
)

#: Values of ``SERVER_SOFTWARE`` (PEP 3333). Under ASGI Django itself drops such headers.
_AMBIGUOUS_SERVERS = frozenset({"Granian"})


def tells_headers_apart(request: HttpRequest) -> bool:
    """Return True if the request's ``X-Forwarded-For`` cannot come from another header.

    In WSGI ``X-Forwarded-For`` and ``X_Forwarded_For`` have the same name. Most servers drop the
    one with underscores; granian's WSGI interface keeps whichever comes last, and the request does
    not tell which. There the header is trusted only with ``PROXY_DROPS_UNDERSCORES``; without it,
    an error is logged once per process.
    """
    server = request.META.get("SERVER_SOFTWARE")
    if server not in _AMBIGUOUS_SERVERS or api_settings().PROXY_DROPS_UNDERSCORES:
        return True
    _log_ambiguity(server)
    return False


@functools.cache
def _log_ambiguity(server: str) -> None:
    logger.error(
        "Could not determine the address of any client: %s cannot tell X_Forwarded_For from "
        "X-Forwarded-For. All clients share one rate limit. Set PROXY_DROPS_UNDERSCORES=true if "
        "the last proxy drops such headers, as nginx does; Caddy does with `header_up -*_*`.",
        server,
    )
