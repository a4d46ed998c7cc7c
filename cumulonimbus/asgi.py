"""The project as an ASGI application, for any ASGI server: ``cumulonimbus.asgi:application``."""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

from cumulonimbus.serving.requests import SafeASGIRequest
from cumulonimbus.serving.resolver import CachingResolverMixin
from cumulonimbus.serving.startup import finish_startup

#: Types of ASGI's ``receive`` callable and its messages.
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

django.setup(set_prefix=False)


class Handler(CachingResolverMixin, ASGIHandler):
    """Django's ASGI handler with a limit on request bodies.

    Django would spool a body of any length to disk before a view can refuse it. This handler stops
    once the body exceeds ``DATA_UPLOAD_MAX_MEMORY_SIZE`` and discards the rest.
    """

    request_class = SafeASGIRequest

    async def read_body(self, receive: Receive) -> IO[bytes]:
        limit, taken = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if limit is None or taken <= limit else {**message, "more_body": False}

        return await super().read_body(bounded)

    async def listen_for_disconnect(self, receive: Receive) -> None:
        async def after_the_body() -> Message:
            while (message := await receive())["type"] == "http.request":
                pass
            return message

        await super().listen_for_disconnect(after_the_body)


application = Handler()
finish_startup()
