"""System checks of ``SESSIONS_API``, of the policies and of the proxies."""

import types
import typing
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from sessions_api.callers.locations import database_problem
from sessions_api.callers.servers import PROXY_HINT, PROXY_REQUIREMENTS
from sessions_api.conf import SETTINGS_NAME, ApiSettings, api_settings
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.services.second_factors import second_factors
from sessions_api.tokens.keys import key_ring

STAFF_LOCKED_OUT = (
    "STAFF_REQUIRES_SECOND_FACTOR closes every staff endpoint for good, because nobody can enrol a "
    "second factor. Install sessions_api.second_factors and django_otp."
)

#: A longer duration is the same as none, and could exceed the range of dates.
HUNDRED_YEARS = timedelta(days=36_525)

#: A shorter retention is probably a mistaken unit.
SHORTEST_RETENTION = timedelta(days=1)
RETENTION_OUT_OF_RANGE = (
    "AUDIT_RETENTION must be between a day and a hundred years; None keeps audit events forever."
)

NOTHING_HASHED = (
    "No password could be hashed: HASHING_CONCURRENCY must be at least 1, HASHING_QUEUE_LENGTH at "
    "least 0, and HASHING_QUEUE_TIMEOUT more than 0 seconds."
)

#: A memory cache with fewer entries may evict counters that are still needed.
FEWEST_ENTRIES = 10_000


@checks.register("sessions_api")
def check_settings(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: a setting is unknown. E002: a setting has the wrong type.

    E003: the signing keys are missing or unusable. E004: the cache cannot count requests exactly.
    E005: the location database cannot be read. E007: staff must have second factors, but nobody
    can enrol one. E009: no password could be hashed. E010: audit events would be kept for less
    than a day or for more than a hundred years.
    """
    if misfits := list(_misfits()):
        return misfits
    errors: list[checks.CheckMessage] = []
    try:
        key_ring()
    except ImproperlyConfigured as error:
        errors.append(_error("E003", str(error)))
    limits = api_settings()
    if limits.RATELIMIT_ENABLE and (problem := cache_problem(limits.RATELIMIT_CACHE)):
        errors.append(_error("E004", problem))
    if problem := database_problem():
        errors.append(_error("E005", problem))
    if (
        limits.HASHING_CONCURRENCY < 1
        or limits.HASHING_QUEUE_LENGTH < 0
        or limits.HASHING_QUEUE_TIMEOUT <= 0
    ):
        errors.append(_error("E009", NOTHING_HASHED))
    if limits.STAFF_REQUIRES_SECOND_FACTOR and not second_factors().are_offered:
        errors.append(_error("E007", STAFF_LOCKED_OUT))
    retention = limits.AUDIT_RETENTION
    if retention is not None and not SHORTEST_RETENTION <= retention <= HUNDRED_YEARS:
        errors.append(_error("E010", RETENTION_OUT_OF_RANGE))
    return errors


@checks.register("sessions_api")
def check_policies(**kwargs: object) -> list[checks.CheckMessage]:
    """E006: an action of a routed viewset has no policy."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    missing = {
        f"{viewset.__module__}.{viewset.__qualname__}.{action}"
        for viewset, actions in api_routes(get_resolver().url_patterns)
        for action in actions.values()
        for table in viewset.policy_tables()
        if action not in table
    }
    return [_error("E006", f"{action} has no policy.") for action in sorted(missing)]


@checks.register("sessions_api", deploy=True)
def check_proxies(**kwargs: object) -> list[checks.CheckMessage]:
    """I001: a reminder of what the proxies must do, which cannot be checked."""
    limits = api_settings()
    if limits.TRUSTED_PROXIES <= 0 or limits.PROXY_DROPS_UNDERSCORES:
        return []
    return [checks.Info(PROXY_REQUIREMENTS, hint=PROXY_HINT, id="sessions_api.I001")]


def cache_problem(alias: str) -> str | None:
    """Return why a cache cannot count requests exactly, and what to do about it.

    :param alias: the cache's alias in ``CACHES``.
    :returns: sentences. None for Redis, Memcached and backends that are not Django's, and with
        ``DEBUG`` for a memory cache of enough entries.
    """
    advice = "Use Redis or Memcached."
    try:
        cache = caches[alias]
    except (InvalidCacheBackendError, ImportError) as error:
        return f"The cache {alias!r} cannot be loaded: {error} {advice}"
    if isinstance(cache, DatabaseCache | FileBasedCache):
        return f"The cache {alias!r} lets parallel requests exceed their limit. {advice}"
    if isinstance(cache, DummyCache):
        return f"The cache {alias!r} keeps nothing, so nothing is limited. {advice}"
    if isinstance(cache, LocMemCache):
        if not settings.DEBUG:
            return f"The cache {alias!r} counts in each process on its own. {advice}"
        options = settings.CACHES[alias].get("OPTIONS", {})
        if int(options.get("MAX_ENTRIES", 0)) < FEWEST_ENTRIES:
            return (
                f"The cache {alias!r} forgets counters when it is full. "
                f"Set its MAX_ENTRIES to at least {FEWEST_ENTRIES}."
            )
    return None


def api_routes(
    patterns: list[URLPattern | URLResolver],
) -> Iterator[tuple[type[ApiViewSet], dict[str, str]]]:
    """Yield each routed viewset of this app, with its actions by HTTP method."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from api_routes(pattern.url_patterns)
            continue
        view: Any = pattern.callback
        viewset = getattr(view, "cls", None)
        if isinstance(viewset, type) and issubclass(viewset, ApiViewSet):
            yield viewset, view.actions


def fits_settings() -> bool:
    """Return whether the settings are known and have the right types (E001, E002)."""
    return not any(_misfits())


def _misfits() -> Iterator[checks.CheckMessage]:
    given = getattr(settings, SETTINGS_NAME, {})
    hints = typing.get_type_hints(ApiSettings)
    if unknown := sorted(set(given) - set(hints)):
        names = ", ".join(sorted(hints))
        text = f"{SETTINGS_NAME} has unknown settings: {', '.join(unknown)}. It may have {names}."
        yield _error("E001", text)
        return
    for name, value in given.items():
        if not _fits(value, hints[name]):
            yield _error("E002", f"{SETTINGS_NAME}['{name}'] has the wrong type.")


def _error(number: str, text: str) -> checks.Error:
    return checks.Error(text, id=f"sessions_api.{number}")


def _fits(value: object, hint: Any) -> bool:
    """Return True if a value has an annotated type. Lists are accepted for tuples."""
    if isinstance(hint, types.UnionType):
        return any(_fits(value, option) for option in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        item, _ = typing.get_args(hint)
        return isinstance(value, list | tuple) and all(_fits(one, item) for one in value)
    if typing.get_origin(hint) is Mapping:
        key_hint, value_hint = typing.get_args(hint)
        return isinstance(value, Mapping) and all(
            _fits(key, key_hint) and _fits(one, value_hint) for key, one in value.items()
        )
    if hint is float:
        return _fits(value, int) or isinstance(value, float)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)
