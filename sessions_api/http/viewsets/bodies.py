"""The bodies of requests: how long they may be, and how JSON is read."""

import io
import sys
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from sessions_api.exceptions import BodyTooLarge, InvalidBody

#: A length of more digits is beyond every limit.
MAX_DIGITS = 18

CHUNK = 65_536

#: Methods of requests in whose bodies nothing is looked for.
BODILESS = {"GET", "HEAD"}


class NestedJSONParser(JSONParser):
    """DRF's parser, for which nesting beyond Python's stack is a body that does not parse."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise InvalidBody from error


def bound_body(request: Request) -> None:
    """Make sure that the body has a length, within ``DATA_UPLOAD_MAX_MEMORY_SIZE``, and is whole.

    A body that comes in chunks (RFC 9112, 7.1), or in HTTP/2 without a length, is read here and
    then is a body like any other. Django and DRF would take it for an empty one.

    :raises BodyTooLarge: it is longer.
    :raises InvalidBody: it is of no type (415), its length is no number or is stated twice, it ends
        before that length, its chunks are broken, or (411) the server cannot carry chunks.
    """
    if "*" in request.META.get("CONTENT_TYPE", "").partition(";")[0]:
        # A range of types is no type (RFC 9110, 8.3). DRF would take the first parser for it.
        raise InvalidBody(status=415)
    if _is_streamed(request.META):
        _take_in(request)
    stated = request.META.get("CONTENT_LENGTH")
    if not stated:
        return
    if not (stated.isascii() and stated.isdigit()):
        raise InvalidBody
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is not None and (len(stated) > MAX_DIGITS or int(stated) > limit):
        raise BodyTooLarge
    if request.method not in BODILESS:
        _require_all(request, int(stated))


def has_content(request: Request) -> bool:
    """Whether there is a body, of one byte or more; once it has been bound."""
    return bool(request.META.get("CONTENT_LENGTH", "").lstrip("0"))


def _require_all(request: Request, length: int) -> None:
    """Refuse what broke off. The rest of a form may well parse, and mean something else."""
    try:
        body: bytes = request.body
    except Exception as error:  # Django's own, or that of a server
        raise InvalidBody from error
    if len(body) < length:
        raise InvalidBody


def _is_streamed(meta: dict[str, object]) -> bool:
    if meta.get("HTTP_TRANSFER_ENCODING"):
        return True
    has_frames = str(meta.get("SERVER_PROTOCOL")).startswith(("HTTP/2", "HTTP/3"))
    return has_frames and not meta.get("CONTENT_LENGTH")


def _take_in(request: Request) -> None:
    """Read the body, no further than shows that it is too long, and state its length."""
    meta, http = request.META, request._request
    if meta.get("CONTENT_LENGTH"):
        # Who believes which of the two is how requests are smuggled (RFC 9112, 6.1).
        raise InvalidBody
    environ = getattr(http, "environ", None)
    if environ is not None and not environ.get("wsgi.input_terminated"):
        raise InvalidBody(status=411)
    # Under ASGI Django has read it already.
    content = _read(http if environ is None else environ["wsgi.input"])
    if not content and meta.pop("HTTP_TRANSFER_ENCODING", None) and request.method not in BODILESS:
        # granian hands over as empty what broke off. It must not pass for a wish without a body,
        # as that to end all sessions.
        raise InvalidBody
    # As Django's own requests have it: they are made before anybody knows the length.
    http._stream, http._read_started = io.BytesIO(content), False  # type: ignore[attr-defined]
    meta["CONTENT_LENGTH"] = str(len(content))
    meta.pop("HTTP_TRANSFER_ENCODING", None)


def _read(stream: HttpRequest | IO[bytes]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    left = sys.maxsize if limit is None else limit + 1
    parts = []
    try:
        while left and (part := stream.read(min(left, CHUNK))):
            parts.append(part)
            left -= len(part)
    except Exception as error:  # each server has its own for chunks that are none
        raise InvalidBody from error
    return b"".join(parts)
