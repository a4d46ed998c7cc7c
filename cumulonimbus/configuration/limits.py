"""Lifetimes, limits, rates and retention from the environment."""

import re
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import Settings, count, flag, texts


def limit_settings() -> Settings:
    """Return these items of ``SESSIONS_API``.

    :raises ImproperlyConfigured: a variable has an invalid value.
    """
    return {
        "LIFETIMES": _lifetimes(),
        "RATELIMIT_ENABLE": flag("RATELIMIT_ENABLE", default=True),
        "RATES": _rates(),
        "PASSWORD_CHANGE_ENDS_SESSIONS": flag("PASSWORD_CHANGE_ENDS_SESSIONS", default=True),
        "IDLE_TIMEOUT": _duration("IDLE_TIMEOUT", "seconds"),
        "SCOPED_IDLE_TIMEOUT": _duration("SCOPED_IDLE_TIMEOUT", "seconds"),
        "ABSOLUTE_LIFETIME": _duration("ABSOLUTE_LIFETIME", "seconds"),
        "SCOPED_ABSOLUTE_LIFETIME": _duration("SCOPED_ABSOLUTE_LIFETIME", "seconds"),
        "SESSIONS_PER_USER": count("SESSIONS_PER_USER", default=0) or None,
        "SCOPED_SESSIONS_PER_USER": count("SCOPED_SESSIONS_PER_USER", default=0) or None,
        "END_EXCESS_SESSIONS": flag("END_EXCESS_SESSIONS", default=False),
        "AUDIT_RETENTION": _duration("AUDIT_RETENTION_DAYS", "days"),
        "ENDED_SESSION_RETENTION": _duration("ENDED_SESSION_RETENTION_DAYS", "days", default=90)
        or timedelta(0),
        "INCIDENT_APPROVAL_ABOVE": _number_or_none("INCIDENT_APPROVAL_ABOVE"),
    }


def _number_or_none(name: str) -> int | None:
    """Return a non-negative variable; None if it is empty or missing."""
    return count(name, default=0) if texts(name) else None


def _duration(name: str, unit: str, *, default: int = 0) -> timedelta | None:
    """Return a variable that is a number of some unit; None for 0."""
    number = count(name, default=default)
    try:
        return timedelta(**{unit: number}) if number else None
    except OverflowError as error:
        raise ImproperlyConfigured(f"{name} is too large: {number} {unit}.") from error


def _lifetimes() -> dict[str, dict[str, timedelta]]:
    """Return the lifetimes of items such as ``v5.login=28800``, in seconds."""
    lifetimes: dict[str, dict[str, timedelta]] = {}
    for item in texts("LIFETIMES"):
        name, _, seconds = item.partition("=")
        dialect, _, kind = name.strip().partition(".")
        seconds = seconds.strip()
        if not (dialect and kind and seconds.isascii() and seconds.isdigit()):
            raise ImproperlyConfigured(
                f"LIFETIMES has items such as v5.login=28800 (seconds), not {item!r}."
            )
        if kind in lifetimes.get(dialect, {}):
            raise ImproperlyConfigured(f"LIFETIMES has {dialect}.{kind} twice.")
        try:
            lifetimes.setdefault(dialect, {})[kind] = timedelta(seconds=int(seconds))
        except (OverflowError, ValueError) as error:
            raise ImproperlyConfigured(f"LIFETIMES has too large a number: {item!r}.") from error
    return lifetimes


def _rates() -> dict[str, tuple[int, int]]:
    """Return the rates of items such as ``LOGIN=10/300``: requests, and seconds."""
    rates: dict[str, tuple[int, int]] = {}
    for item in texts("RATES"):
        match = re.fullmatch(r"(\w+)\s*=\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})", item, re.ASCII)
        if match is None:
            raise ImproperlyConfigured(
                f"RATES has items such as LOGIN=10/300 (requests per seconds), not {item!r}."
            )
        name, limit, period = match.groups()
        if name in rates:
            raise ImproperlyConfigured(f"RATES has {name} twice.")
        rates[name] = (int(limit), int(period))
    return rates
