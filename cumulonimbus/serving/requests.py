"""Django's requests, without what a client can break by the name of an encoding."""

import contextlib

from django.core.exceptions import TooManyFieldsSent
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from sessions_api.http.text_encodings import is_of_texts


class TextsOnly(HttpRequest):
    """Mixed into a request: takes on no encoding but those of texts.

    Django takes on whatever codec ``Content-Type: …; charset=`` names, and reads the query in it
    while it makes the request: "zlib" is then an error that nothing answers.
    """

    @property
    def encoding(self) -> str | None:
        return super().encoding

    @encoding.setter
    def encoding(self, name: str) -> None:
        if not is_of_texts(name):
            return
        # Django reads the query at once, and a long one would be refused before any handler begins.
        with contextlib.suppress(TooManyFieldsSent):
            # A property, of which the stubs know the value.
            HttpRequest.encoding.fset(self, name)  # type: ignore[attr-defined]


class WSGITextsRequest(TextsOnly, WSGIRequest):
    pass


class ASGITextsRequest(TextsOnly, ASGIRequest):
    pass
