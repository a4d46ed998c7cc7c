"""Request bodies: length limits, chunked transfer, JSON parsing."""

import io
import sys
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser
from rest_framework.request import Request

from sessions_api.exceptions import BodyTooLarge, InvalidBody

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http.request import _ImmutableQueryDict
    from django.utils.datastructures import MultiValueDict

#: A ``Content-Length`` with more digits exceeds any limit.
MAX_DIGITS = 18

CHUNK = 65_536

#: Methods whose request body is ignored.
BODILESS = {"GET", "HEAD"}


class NestedJSONParser(JSONParser):
    """DRF's JSON parser, which also refuses JSON nested too deeply for Python's stack."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise InvalidBody from error


class PartsParser(MultiPartParser):
    """DRF's multipart parser, which also refuses headers of parts that Django cannot parse."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> "DataAndFiles[_ImmutableQueryDict, MultiValueDict[str, UploadedFile[bytes]]]":
        try:
            return super().parse(stream, media_type, parser_context)
        except TypeError as error:
            # A parameter is numbered in two ways: "a*=x; a*0=y".
            raise InvalidBody from error


def bound_body(request: Request) -> None:
    """Check that the body is complete and no longer than ``DATA_UPLOAD_MAX_MEMORY_SIZE``.

    A chunked body (RFC 9112, 7.1), or an HTTP/2 body without a length, is read into memory and
    given a ``Content-Length``. Django and DRF would treat it as empty.

    :raises BodyTooLarge: the body is too long.
    :raises InvalidBody: the content type is a range (415); the server does not support chunked
        bodies (411); the length is not a number or is stated twice; the body is shorter than its
        length; or its chunks are malformed.
    """
    meta = request.META
    if "*" in meta.get("CONTENT_TYPE", "").partition(";")[0]:
        # A media range is not a media type (RFC 9110, 8.3). DRF would use its first parser.
        raise InvalidBody(status=415)
    if _is_streamed(meta):
        _take_in(request)
    stated = meta.get("CONTENT_LENGTH")
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
    """Return whether the body is not empty. Call :func:`bound_body` first."""
    return bool(request.META.get("CONTENT_LENGTH", "").lstrip("0"))


def is_empty_form(request: Request) -> bool:
    """Return whether the body is a form without fields. Call :func:`bound_body` first.

    Browsers send an empty ``FormData`` as a closing delimiter
    (https://html.spec.whatwg.org/#multipart-form-data), others with a line break before it,
    although RFC 2046, 5.1.1, wants a part.
    """
    boundary = (request.content_params or {}).get("boundary")
    delimiter = f"--{boundary}--" if boundary else ""
    return not has_content(request) or bool(request.body.strip() == delimiter.encode())


def _require_all(request: Request, length: int) -> None:
    """Refuse a truncated body. Part of a form may still parse, with another meaning."""
    try:
        body: bytes = request.body
    except Exception as error:  # Django's or the server's own class
        raise InvalidBody from error
    if len(body) < length:
        raise InvalidBody


def _is_streamed(meta: dict[str, object]) -> bool:
    if meta.get("HTTP_TRANSFER_ENCODING"):
        return True
    has_frames = str(meta.get("SERVER_PROTOCOL")).startswith(("HTTP/2", "HTTP/3"))
    return has_frames and not meta.get("CONTENT_LENGTH")


def _take_in(request: Request) -> None:
    """Read a streamed body, at most one byte beyond the limit, and set its length."""
    meta, http = request.META, request._request
    if meta.get("CONTENT_LENGTH"):
        # Two lengths allow request smuggling (RFC 9112, 6.1).
        raise InvalidBody
    environ = getattr(http, "environ", None)
    if environ is not None and not environ.get("wsgi.input_terminated"):
        raise InvalidBody(status=411)
    # Under ASGI, Django has already read the body.
    content = _read(http if environ is None else environ["wsgi.input"])
    if not content and meta.pop("HTTP_TRANSFER_ENCODING", None) and request.method not in BODILESS:
        # granian passes on a truncated body as an empty one. It must not count as a request
        # without a body, which may end all sessions.
        raise InvalidBody
    # Django sets these when it creates the request, when the length is not yet known.
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
    except Exception as error:  # each server has its own class for malformed chunks
        raise InvalidBody from error
    return b"".join(parts)
