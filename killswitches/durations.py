"""How long, as people write it: ``15m``, ``1h``, ``1d``."""

import re
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """So many minutes, hours or days; at least one.

    :raises ValueError: if the text is not one to four digits and one of ``m``, ``h`` and ``d``.
    """
    match = re.fullmatch(r"(?!0+[mhd])([0-9]{1,4})([mhd])", text)
    if not match:
        raise ValueError(f"A duration is written like 15m, 1h or 1d, not {text!r}.")
    number, unit = match.groups()
    return timedelta(**{_UNITS[unit]: int(number)})
