"""The project's applications, with headers that name the process and the scheme of the request.

``START_TAKES`` in the environment delays their start by so many seconds, and ``CLOCK_AHEAD`` is by
how many seconds their clock is ahead of the machine's.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import time_machine

time.sleep(float(os.environ.get("START_TAKES", "0")))
if ahead := float(os.environ.get("CLOCK_AHEAD", "0")):
    time_machine.travel(timedelta(seconds=ahead)).start()

from cumulonimbus.asgi import application as asgi_project  # noqa: E402
from cumulonimbus.wsgi import application as wsgi_project  # noqa: E402


def told(scheme: str) -> list[tuple[str, str]]:
    return [("X-Worker", str(os.getpid())), ("X-Scheme", scheme)]


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, *told(environ["wsgi.url_scheme"])], *rest)

    return wsgi_project(environ, start)


async def asgi(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        # Django's application does not support lifespan events, which granian and uvicorn find out.
        raise ValueError(scope["type"])

    async def tell(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            more = [(name.encode(), value.encode()) for name, value in told(scope["scheme"])]
            message = message | {"headers": [*message["headers"], *more]}
        await send(message)

    await asgi_project(scope, receive, tell)
