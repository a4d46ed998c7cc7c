"""Ranges of versions, such as ``5``, ``<5.2`` or ``>=120``."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

_COMPARISONS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RANGE = re.compile(r"(?P<comparison>[<>]?=?)\s*(?P<numbers>[0-9]{1,9}(?:\.[0-9]{1,9}){0,3})")
_DIGITS = "0123456789"

#: A caller's version is read up to this length.
LONGEST = 64


@dataclass(frozen=True, slots=True)
class Versions:
    """A range of versions.

    Only the numbers that the range names are compared: 5.1.7 is in ``5``, ``5.1`` and ``<=5.1``,
    and not in ``>5.1``. Numbers that a version lacks are zeros.
    """

    comparison: str
    numbers: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> "Versions | None":
        """Parse a range: one to four dotted numbers after ``<``, ``<=``, ``>``, ``>=`` or nothing.

        :returns: None if it is not a range.
        """
        match = _RANGE.fullmatch(text)
        if match is None:
            return None
        comparison = match["comparison"]
        numbers = tuple(map(int, match["numbers"].split(".")))
        return cls("" if comparison == "=" else comparison, numbers)

    def __str__(self) -> str:
        return self.comparison + ".".join(map(str, self.numbers))

    def __contains__(self, version: str) -> bool:
        numbers = _numbers_of(version)
        if not numbers:
            return False
        length = len(self.numbers)
        whole = (*numbers, *[0] * length)[:length]
        return _COMPARISONS[self.comparison](whole, self.numbers)


def _numbers_of(version: str) -> tuple[int, ...]:
    """Return the dotted numbers at the beginning of a version: 5, 1 and 0 of ``5.1.0-beta``."""
    numbers = []
    for part in version[:LONGEST].split("."):
        digits = part[: len(part) - len(part.lstrip(_DIGITS))]
        if digits:
            numbers.append(int(digits))
        if digits != part or not digits:
            break
    return tuple(numbers)
