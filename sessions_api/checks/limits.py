"""System checks of the lifetimes and limits of sessions in ``SESSIONS_API``."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.urls import get_resolver

from sessions_api.adapter import Lifetime
from sessions_api.checks.settings import HUNDRED_YEARS, api_routes, fits_settings
from sessions_api.conf import ApiSettings, api_settings
from sessions_api.http.cookies.terms import PAGES
from sessions_api.http.viewsets.login import LoginViewSet
from sessions_api.http.viewsets.scoped_sessions import ScopedSessionCreation
from sessions_api.models.liveness import LAST_USE_RESOLUTION
from sessions_api.ratelimits import rates

DURATIONS = (
    "IDLE_TIMEOUT",
    "SCOPED_IDLE_TIMEOUT",
    "ABSOLUTE_LIFETIME",
    "SCOPED_ABSOLUTE_LIFETIME",
)
CAPS = ("SESSIONS_PER_USER", "SCOPED_SESSIONS_PER_USER")

#: Larger numbers have the effect of no limit, and could exceed the range of databases and Redis.
LARGEST = 999_999_999


@checks.register("sessions_api")
def check_limits(**kwargs: object) -> list[checks.CheckMessage]:
    """E011: a lifetime, an idle timeout, or a number of sessions or proxies is out of range.

    E012: ``LIFETIMES`` names a kind of session that does not exist. E013: ``RATES`` names a rate
    that does not exist, or has other than two numbers from 1 to 999,999,999 for it.
    """
    if not fits_settings():
        return []
    given = api_settings()
    return [
        *(checks.Error(text, id="sessions_api.E011") for text in _out_of_range(given)),
        *(checks.Error(text, id="sessions_api.E012") for text in _unknown_kinds(given)),
        *(checks.Error(text, id="sessions_api.E013") for text in _wrong_rates(given)),
    ]


@checks.register("sessions_api")
def check_dialects(**kwargs: object) -> list[checks.CheckMessage]:
    """W013: ``LIFETIMES`` names a dialect that is not mounted."""
    if not (fits_settings() and getattr(settings, "ROOT_URLCONF", None)):
        return []
    mounted = {
        viewset.dialect
        for viewset, _ in api_routes(get_resolver().url_patterns)
        if issubclass(viewset, LoginViewSet | ScopedSessionCreation)
    }
    if api_settings().COOKIES:
        mounted.add(PAGES)
    return [
        checks.Warning(
            f"LIFETIMES names the dialect {name!r}, which is not mounted.", id="sessions_api.W013"
        )
        for name in sorted(set(api_settings().LIFETIMES) - mounted)
    ]


def _out_of_range(given: ApiSettings) -> Iterator[str]:
    for name in DURATIONS:
        value = getattr(given, name)
        if value is not None and not LAST_USE_RESOLUTION <= value <= HUNDRED_YEARS:
            yield f"{name} must be between a minute and a hundred years; None means no limit."
    if given.TRUSTED_PROXIES < 0:
        yield "TRUSTED_PROXIES must be 0 or more."
    for name in CAPS:
        value = getattr(given, name)
        if value is not None and not 1 <= value <= LARGEST:
            yield f"{name} must be between 1 and {LARGEST:,}; None means no limit."
    for dialect, lifetimes in given.LIFETIMES.items():
        for kind, value in lifetimes.items():
            if not LAST_USE_RESOLUTION <= value <= HUNDRED_YEARS:
                yield f"LIFETIMES[{dialect!r}][{kind!r}] must be a minute to a hundred years."


def _unknown_kinds(given: ApiSettings) -> Iterator[str]:
    for dialect, lifetimes in given.LIFETIMES.items():
        for kind in sorted(set(lifetimes) - set(Lifetime)):
            known = ", ".join(Lifetime)
            yield f"LIFETIMES[{dialect!r}] names {kind!r}. The kinds of session are {known}."


def _wrong_rates(given: ApiSettings) -> Iterator[str]:
    for name, numbers in given.RATES.items():
        if name not in rates.BY_NAME:
            yield f"RATES names {name!r}. The rates are {', '.join(rates.BY_NAME)}."
        elif len(numbers) != 2 or not all(1 <= number <= LARGEST for number in numbers):
            yield f"RATES[{name!r}] must be requests and seconds, each 1 to {LARGEST:,}."
