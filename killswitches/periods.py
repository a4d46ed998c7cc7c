"""Periods of days, and exact ones as text, for links to what a list has of them (ISO 8601, 4.4)."""

from datetime import UTC, date, datetime, time

from django.utils import timezone

#: The years in which periods begin and end, so that any time zone can represent them.
YEARS = range(1970, 3000)
#: The first and the last time that is accepted, which is in these years in any time zone.
EARLIEST, LATEST = datetime(YEARS[0], 1, 2, tzinfo=UTC), datetime(YEARS[-1], 12, 30, tzinfo=UTC)

Period = tuple[datetime, datetime]


def midnight(day: date) -> datetime:
    """Return the beginning of a day, in the time zone of the page."""
    return timezone.make_aware(datetime.combine(day, time.min))


def period_text(begin: datetime, end: datetime) -> str:
    """Return a period as text, such as ``2026-11-28T14:00Z/2026-11-28T15:00Z``.

    Seconds are cut off.
    """
    return "/".join(f"{one.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for one in (begin, end))


def read_period(text: str) -> Period | None:
    """Parse a period; None if it is malformed, without a time zone, or ends before it begins."""
    try:
        begin, end = map(datetime.fromisoformat, text.split("/"))
        is_period = begin.year in YEARS and end.year in YEARS and begin < end
    except (TypeError, ValueError):
        return None
    if begin.tzinfo is None or not is_period:
        return None
    return begin, end
