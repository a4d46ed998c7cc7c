"""Normalisation of typed codes: groups, full-width characters, capitals, look-alike letters."""

import unicodedata

#: The alphabet of backup codes: Crockford's base 32, without letters that look like digits.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

#: The maximum length of a typed code. The longest code has ten characters, not counting separators.
MAX_TYPED = 64

#: Crockford's base 32 decodes these letters as digits.
_LOOK_ALIKES = str.maketrans({"o": "0", "i": "1", "l": "1"})

#: Separators that Unicode does not classify as dashes or spaces: minus sign, soft hyphen,
#: zero-width space, word joiner and byte order mark.
_UNSEEN = frozenset("\u2212\u00ad\u200b\u2060\ufeff")


def normalise_code(typed: str) -> str | None:
    """Return the normalised form of a typed code from an authenticator app or a backup code.

    Applies Unicode's NFKC, converts decimal digits of any script to ASCII, removes spaces and
    dashes, converts to lower case, and replaces letters that look like digits.

    :param typed: the untrusted input.
    :returns: the code; an empty text if the input is longer than :data:`MAX_TYPED` characters; None
        if it contains unprintable characters such as control characters or lone surrogates.
    """
    if len(typed) > MAX_TYPED:
        return ""
    plain = unicodedata.normalize("NFKC", typed)
    code = "".join(_digit(one) for one in plain if not _separates(one)).lower()
    return code.translate(_LOOK_ALIKES) if code.isprintable() else None


def _separates(character: str) -> bool:
    return (
        character.isspace()
        or character in _UNSEEN
        or unicodedata.category(character) == "Pd"  # dashes
    )


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
