"""The character encodings that a client may use."""

import codecs

from django.http import HttpRequest

#: Names of Python codecs. Others decompress their input ("zlib") or are very slow ("punycode").
ENCODINGS = {"utf-8", "ascii", "iso8859-1", "cp1252"}


def is_text_encoding(name: str) -> bool:
    """Return whether a codec is one of :data:`ENCODINGS`, under any of its names.

    :param name: the name of a codec; it may be unknown to Python.
    """
    try:
        return codecs.lookup(name).name in ENCODINGS
    except LookupError:
        return False


def enforce_text_encoding(request: HttpRequest) -> None:
    """Fall back to UTF-8 if the request names an encoding that is not allowed."""
    if request.encoding and not is_text_encoding(request.encoding):
        request.encoding = "utf-8"
