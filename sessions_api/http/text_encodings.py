"""The character encodings that a client may use."""

import codecs

from django.http import HttpRequest

#: Names of Python codecs. Others decompress their input ("zlib") or are very slow ("punycode").
ENCODINGS = {"utf-8", "ascii", "iso8859-1", "cp1252"}


def is_of_texts(name: str) -> bool:
    """Return whether a codec is one of :data:`ENCODINGS`, under this or another of its names.

    :param name: the name of a codec; it may be unknown to Python.
    """
    try:
        return codecs.lookup(name).name in ENCODINGS
    except LookupError:
        return False


def settle_encoding(request: HttpRequest) -> None:
    """Fall back to UTF-8 if the request names an encoding that is not allowed."""
    if request.encoding and not is_of_texts(request.encoding):
        request.encoding = "utf-8"
