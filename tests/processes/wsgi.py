"""The project's WSGI application, with a header that names the worker."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from cumulonimbus.wsgi import application as project


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *rest)

    return project(environ, start)
