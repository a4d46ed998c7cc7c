"""Which servers blur the headers of a request before Django sees them."""

import functools
import logging

from django.http import HttpRequest

from sessions_api.conf import api_settings

logger = logging.getLogger(__name__)

#: What keeps callers from forging their address, wherever ``TRUSTED_PROXIES`` is set.
DUTY_OF_PROXIES = (
    "Each of the TRUSTED_PROXIES must write X-Forwarded-For itself, nobody may reach the service "
    "past them, and the last one or the server must drop headers with an underscore in their name, "
    "for else callers choose the address that is limited and recorded."
)
HOW_TO_SAY_SO = (
    "nginx, gunicorn and Django under ASGI drop them; Caddy does with `header_up -*_*`. "
    "PROXY_DROPS_UNDERSCORES says that the last proxy does."
)

#: Values of ``SERVER_SOFTWARE`` (PEP 3333). Under ASGI Django tells such headers apart itself.
_BLURRING_SERVERS = frozenset({"Granian"})


def tells_headers_apart(request: HttpRequest) -> bool:
    """Whether ``X-Forwarded-For`` of this request is sure to be that header.

    WSGI has one name for ``X-Forwarded-For`` and ``X_Forwarded_For``. Good servers drop the one
    with underscores; granian's WSGI interface keeps whichever comes last, and nothing in the
    request tells which. There the header counts only where ``PROXY_DROPS_UNDERSCORES`` says that
    no other can arrive; where it does not, the log says so once in each process.
    """
    server = request.META.get("SERVER_SOFTWARE")
    if server not in _BLURRING_SERVERS or api_settings().PROXY_DROPS_UNDERSCORES:
        return True
    _complain(server)
    return False


@functools.cache
def _complain(server: str) -> None:
    logger.error(
        "%s cannot tell X_Forwarded_For from X-Forwarded-For, so the address of every caller is "
        "unknown, and all of them share one rate limit. PROXY_DROPS_UNDERSCORES=true says that the "
        "last proxy drops such headers, as nginx does; Caddy does with `header_up -*_*`.",
        server,
    )
