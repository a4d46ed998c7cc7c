"""Times in the narrow columns of a list."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html


def short_time(moment: datetime | None) -> str | None:
    """A time without its year where that is the present one, and else without the hour; in full
    where the pointer rests on it, and for programs."""
    if moment is None:
        return None
    local = timezone.localtime(moment)
    brief = "j M, H:i" if local.year == timezone.localtime().year else "j M Y"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "DATETIME_FORMAT"),
        date_format(local, brief),
    )
