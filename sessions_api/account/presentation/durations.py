"""Durations as people say them."""

from datetime import timedelta

from django.utils.translation import ngettext

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEAR = timedelta(days=365.25)


def lasting(duration: timedelta) -> str:
    """Return a duration in its largest unit, rounded: "24 hours", "10 years"."""
    if duration >= YEAR:
        count = round(duration / YEAR)
        text = ngettext("%(count)s year", "%(count)s years", count)
    elif duration > DAY:
        count = round(duration / DAY)
        text = ngettext("%(count)s day", "%(count)s days", count)
    elif duration >= HOUR:
        count = round(duration / HOUR)
        text = ngettext("%(count)s hour", "%(count)s hours", count)
    else:
        count = max(1, round(duration / MINUTE))
        text = ngettext("%(count)s minute", "%(count)s minutes", count)
    return text % {"count": count}
