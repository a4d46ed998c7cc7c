"""A WSGI application that does no work, to measure the server and the load generator alone."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b'{"id":1795271037,"exp":1795357437,"name":"My terminal","permissionFlags":null}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Return the same response to every request."""
    start_response("200 OK", HEADERS)
    return [BODY]
