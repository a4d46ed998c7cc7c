"""Request classes that refuse unsafe character encodings."""

import contextlib

from django.core.exceptions import TooManyFieldsSent
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from sessions_api.http.text_encodings import is_text_encoding


class TextEncodingMixin(HttpRequest):
    """A mixin for requests that ignores encodings that are not for text.

    Django accepts any codec in ``Content-Type: …; charset=`` and decodes the query string with it
    while it creates the request. A codec such as "zlib" raises an error there, before any handler
    could answer it.
    """

    @property
    def encoding(self) -> str | None:
        return super().encoding

    @encoding.setter
    def encoding(self, name: str) -> None:
        if not is_text_encoding(name):
            return
        # The setter parses the query string. Too many fields would raise before any handler runs.
        with contextlib.suppress(TooManyFieldsSent):
            # A property, of which the stubs know the value.
            HttpRequest.encoding.fset(self, name)  # type: ignore[attr-defined]


class SafeWSGIRequest(TextEncodingMixin, WSGIRequest):
    pass


class SafeASGIRequest(TextEncodingMixin, ASGIRequest):
    pass
