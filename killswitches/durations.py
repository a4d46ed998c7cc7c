"""Parsing of durations such as ``15m``, ``1h`` or ``1d``."""

import re
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Return the duration that a text represents.

    :param text: one to four digits, not all zero, and ``m``, ``h`` or ``d`` for the unit.
    :raises ValueError: the text has another form.
    """
    match = re.fullmatch(r"(?!0+[mhd])([0-9]{1,4})([mhd])", text)
    if not match:
        raise ValueError(f"A duration is written like 15m, 1h or 1d, not {text!r}.")
    number, unit = match.groups()
    return timedelta(**{_UNITS[unit]: int(number)})
