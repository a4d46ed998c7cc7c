"""Codes as people type them: in groups, in full width, in capitals, with look-alike letters."""

import unicodedata

#: Crockford's base 32, of which backup codes are made: no letters that are taken for digits.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

#: How many characters of a typed code are looked at; the longest code has ten without its groups.
MAX_TYPED = 64

#: What Crockford's base 32 reads the letters as that it leaves out.
_LOOK_ALIKES = str.maketrans({"o": "0", "i": "1", "l": "1"})

#: Dashes and invisible characters that are no dashes and no spaces to Unicode: the minus sign, the
#: soft hyphen, the zero-width space, the word joiner and the byte order mark.
_UNSEEN = frozenset("\u2212\u00ad\u200b\u2060\ufeff")


def normalise_code(typed: str) -> str | None:
    """The code that somebody means, whether of an authenticator app or a backup code.

    Compatibility forms become plain characters (Unicode's NFKC), decimal digits of any script
    become ASCII digits, spaces and dashes go, capitals become small letters, and the letters that
    look like digits become these.

    :param typed: as it was typed; not yet looked at in any way.
    :returns: empty where it is longer than :data:`MAX_TYPED` characters, for no code is; None where
        it holds what nobody types: a control character, a lone surrogate.
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
        or unicodedata.category(character) == "Pd"  # a dash, of whatever length
    )


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
