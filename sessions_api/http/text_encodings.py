"""Which of Python's codecs a client may name for its texts."""

import codecs

from django.http import HttpRequest

#: Others unpack what was packed ("zlib"), or take time out of proportion ("punycode").
ENCODINGS = {"utf-8", "ascii", "iso8859-1", "cp1252"}


def is_of_texts(name: str) -> bool:
    """Whether a codec is one of :data:`ENCODINGS`, whatever it is called.

    :param name: of a codec; one that Python does not know is none of them.
    """
    try:
        return codecs.lookup(name).name in ENCODINGS
    except LookupError:
        return False


def settle_encoding(request: HttpRequest) -> None:
    """Read bodies and queries as UTF-8, as JSON and forms are, unless the request names another
    encoding of texts."""
    if request.encoding and not is_of_texts(request.encoding):
        request.encoding = "utf-8"
