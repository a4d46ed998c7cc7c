"""The format of times on all pages of the admin: the same in every language, with the zone."""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.html import format_html

#: The format in Django's notation.
FORM = "Y-m-d H:i:s T"


def local_time(moment: datetime) -> datetime:
    """Return a time in the current time zone; in UTC, if that time zone cannot represent it.

    Those are times in the first and the last hours of the calendar.
    """
    try:
        return timezone.localtime(moment)
    except OverflowError:
        return moment.astimezone(UTC)


def plain_time(moment: datetime) -> str:
    """Return a time as plain text, for texts without markup."""
    return _text(local_time(moment))


def full_time(moment: datetime | None) -> str:
    """Return a time as a ``<time>`` element in the current time zone; empty for None."""
    if moment is None:
        return ""
    local = local_time(moment)
    exact = local.isoformat(timespec="seconds")
    # In a text from right to left, a browser would put the zone first, and the day before the year.
    return format_html('<time datetime="{}" dir="auto">{}</time>', exact, _text(local))


def _text(local: datetime) -> str:
    # Lists have hundreds of times, and Django's date_format() takes several times as long.
    return f"{local.replace(tzinfo=None).isoformat(' ', 'seconds')} {local.tzname()}"
