"""Reminders of switches that have been on for long and have no end.

``KILLSWITCHES["REMIND_AFTER"]`` says after which time: ``15m``, ``1h`` (the default), ``1d``, or
``never``. A change of the conditions or of the end begins it anew, because somebody has had a look.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from .conf import option
from .durations import duration

NEVER = "never"
DEFAULT = "1h"


def remind_after() -> timedelta | None:
    """Return the time after which staff are reminded; None for never.

    :raises ValueError: the setting has another form.
    """
    given = option("REMIND_AFTER", DEFAULT)
    if not isinstance(given, str):
        raise ValueError(f"REMIND_AFTER is a text such as {DEFAULT!r}, not {given!r}.")
    return None if given == NEVER else duration(given)


def is_overdue(changed_at: datetime) -> bool:
    """Return whether a switch that is on without an end has been for longer than that.

    :param changed_at: when it was turned on, or last changed.
    """
    try:
        limit = remind_after()
    except ValueError:
        # A check reports it. In an emergency, pages and command must work all the same.
        limit = duration(DEFAULT)
    return limit is not None and changed_at <= timezone.now() - limit
