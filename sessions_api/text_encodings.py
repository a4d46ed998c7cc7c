"""Which of Python's codecs a client may name for its texts."""

import codecs

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
