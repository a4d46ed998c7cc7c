"""The format of times on all pages of the admin: the same in every language, with the zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

FORM = "Y-m-d H:i:s T"


def plain_time(moment: datetime) -> str:
    """Return a time as plain text, for texts without markup."""
    return date_format(timezone.localtime(moment), FORM, use_l10n=False)


def full_time(moment: datetime | None) -> str:
    """Return a time as a ``<time>`` element in the current time zone; empty for None."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        plain_time(moment),
    )
