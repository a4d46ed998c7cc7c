"""Times as every page of the admin shows them: in one form in every language, with the zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

FORM = "Y-m-d H:i:s T"


def full_time(moment: datetime | None) -> str:
    """A time for people and, in its markup, for programs; empty where there is none."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, FORM, use_l10n=False),
    )
