"""Times as people say them: "4 minutes ago"."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from .times import full_time, local_time, plain_time

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONTH, YEAR = timedelta(days=30.4375), timedelta(days=365.25)


def ago(moment: datetime) -> str:
    """Return how long ago a time was, rounded down: "4 minutes ago"."""
    age = timezone.now() - moment
    if age < MINUTE:
        return gettext("just now")
    # Whole sentences, because languages decline the noun after "ago" differently.
    if age < HOUR:
        count = age // MINUTE
        text = ngettext("%(count)s minute ago", "%(count)s minutes ago", count)
    elif age < DAY:
        count = age // HOUR
        text = ngettext("%(count)s hour ago", "%(count)s hours ago", count)
    elif age < MONTH:
        count = age // DAY
        text = ngettext("%(count)s day ago", "%(count)s days ago", count)
    elif age < YEAR:
        count = age // MONTH
        text = ngettext("%(count)s month ago", "%(count)s months ago", count)
    else:
        count = age // YEAR
        text = ngettext("%(count)s year ago", "%(count)s years ago", count)
    return text % {"count": count}


def spoken_time(moment: datetime) -> str:
    """Return a time as a ``<time>`` element, with the exact time and zone on hover."""
    return format_html(
        '<time datetime="{}" title="{}" dir="auto">{}</time>',
        local_time(moment).isoformat(timespec="seconds"),
        plain_time(moment),
        ago(moment),
    )


def recent_time(moment: datetime | None) -> str:
    """Return a time as the console shows it: as people say it if it is less than a day ago.

    The exact time and the zone are shown on hover, and beside it on the page of a single row.
    Other times are exact. Empty for None.
    """
    if moment is not None and timedelta() <= timezone.now() - moment < DAY:
        return spoken_time(moment)
    return full_time(moment)


def since_time(moment: datetime | None) -> str:
    """Return a past time as :func:`recent_time` does, with its age also where it is exact.

    For what has lasted since: "2026-11-24 11:00:00 UTC (4 days ago)". Empty for None.
    """
    if moment is None or timezone.now() - moment < DAY:
        return recent_time(moment)
    return format_html("{} ({})", full_time(moment), ago(moment))
