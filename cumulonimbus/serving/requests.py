"""Request classes that can be created whatever the client has sent."""

import contextlib
from collections.abc import Mapping
from io import BytesIO

from django.core.exceptions import BadRequest, TooManyFieldsSent
from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict

from sessions_api.http.text_encodings import is_text_encoding

#: The media type of a body of an unknown kind (RFC 9110, 8.3).
UNKNOWN = "application/octet-stream"


class ReadableTypeMixin(HttpRequest):
    """A mixin for requests that takes a ``Content-Type`` that nobody can read for an unknown one.

    Django parses the header while it creates the request, before any handler could answer, and
    raises an error for parameters in unsuitable encodings (``a*=x''y``; RFC 8187) or numbered in
    two ways (``a*=x; a*0=y``), and since 6.1 for a header of over 10,000 characters.
    """

    def _set_content_type_params(self, meta: dict[str, object]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (BadRequest, TypeError, ValueError):
            # Others parse the header again, such as REST framework.
            meta["CONTENT_TYPE"] = UNKNOWN
            super()._set_content_type_params(meta)  # type: ignore[misc]

    def parse_file_upload(
        self,
        META: Mapping[str, object],  # noqa: N803
        post_data: HttpRequest | BytesIO,  # type: ignore[override]
    ) -> "tuple[QueryDict, MultiValueDict[str, UploadedFile[bytes]]]":
        try:
            return super().parse_file_upload(META, post_data)
        except TypeError as error:
            # The header of a part numbers a parameter in two ways.
            raise MultiPartParserError("Malformed header of a part") from error


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


class SafeWSGIRequest(ReadableTypeMixin, TextEncodingMixin, WSGIRequest):
    pass


class SafeASGIRequest(ReadableTypeMixin, TextEncodingMixin, ASGIRequest):
    pass
