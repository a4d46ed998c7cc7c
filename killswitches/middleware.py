"""A middleware that refuses forms of which a part has not arrived."""

import io
from collections.abc import Awaitable, Callable
from typing import IO, TYPE_CHECKING

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: The media types that Django parses into ``request.POST``.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

#: A ``Content-Length`` with more digits exceeds every limit of Django's.
MAX_DIGITS = 18


class IncompleteForm(BadRequest):
    """The connection has ended before the whole form had arrived."""


class CompleteFormsMiddleware:
    """Lets views read whole forms only: an incomplete one is answered with 400.

    Django parses what has arrived before a connection broke off as if it were everything. Half of a
    form means something else: without the fields of its conditions, a kill switch is for everybody.

    Comes before all middleware that reads forms. It reads nothing itself, so it costs nothing until
    a view does, and uploads may have any size. ASGI servers do not pass on incomplete bodies.
    """

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.content_type in FORMS:
            require_whole_body(request)
        return self._get_response(request)


def require_whole_body(request: HttpRequest) -> None:
    """Let everything that reads the body raise :class:`IncompleteForm` if it ends early."""
    stated = request.META.get("CONTENT_LENGTH") or ""
    # Any other length makes Django refuse the request, or read nothing.
    if stated.isascii() and stated.isdigit() and len(stated) <= MAX_DIGITS:
        # Django offers no public way to watch a body while its parsers read it.
        stream: IO[bytes] = request._stream
        whole = io.BufferedReader(_Whole(stream, int(stated)))
        request._stream = whole


class _Whole(io.RawIOBase):
    """A stream that does not end before ``length`` bytes have been read."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._stream = stream
        self._missing = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """:raises IncompleteForm: the stream has ended, or the connection has broken."""
        view = memoryview(buffer)
        wanted = min(len(view), self._missing)
        try:
            part = self._stream.read(wanted) if wanted else b""
        except OSError as error:
            # Not left to Django, whose CSRF middleware ignores its own error for this.
            raise IncompleteForm from error
        if wanted and not part:
            raise IncompleteForm
        view[: len(part)] = part
        self._missing -= len(part)
        return len(part)
