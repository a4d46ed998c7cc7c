"""The lifetimes of new sessions."""

from datetime import timedelta

from sessions_api.adapter import Lifetime
from sessions_api.conf import api_settings

DAY = timedelta(hours=24)
#: Ten years of 365.25 days, as in the original services.
TEN_YEARS = timedelta(days=3652.5)


def lifetime_of(dialect: str, kind: Lifetime, default: timedelta) -> timedelta:
    """Return the lifetime of a session that a dialect creates.

    :param default: the dialect's own, unless the settings have another.
    """
    return api_settings().LIFETIMES.get(dialect, {}).get(kind, default)
