"""System checks of ``SESSIONS_API``, of the policies and of the proxies."""

import types
import typing
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver

from killswitches.checks import add_to
from sessions_api.callers.locations import database_problem
from sessions_api.callers.servers import PROXY_HINT, PROXY_REQUIREMENTS
from sessions_api.checks.messages import error
from sessions_api.conf import SETTINGS_NAME, ApiSettings, api_settings
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.services.second_factors import second_factors

STAFF_LOCKED_OUT = (
    "STAFF_REQUIRES_SECOND_FACTOR closes every staff endpoint for good, because nobody can enrol a "
    "second factor."
)
INSTALL = add_to("settings.py", 'INSTALLED_APPS += ["sessions_api.second_factors", "django_otp"]')

#: A longer duration is the same as none, and could exceed the range of dates.
HUNDRED_YEARS = timedelta(days=36_525)

#: A shorter retention is probably a mistaken unit.
SHORTEST_RETENTION = timedelta(days=1)
RETENTION_OUT_OF_RANGE = (
    "AUDIT_RETENTION must be between a day and a hundred years; None keeps audit events forever."
)
ENDED_RETENTION_OUT_OF_RANGE = (
    "ENDED_SESSION_RETENTION must be between a day and a hundred years; 0 keeps no ended sessions."
)

NOTHING_HASHED = (
    "No password could be hashed: HASHING_CONCURRENCY must be at least 1, HASHING_QUEUE_LENGTH at "
    "least 0, and HASHING_QUEUE_TIMEOUT more than 0 seconds."
)


@checks.register("sessions_api")
def check_settings(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: a setting is unknown. E002: a setting has the wrong type.

    E005: the location database cannot be read. E007: staff must have second factors, but nobody
    can enrol one. E009: no password could be hashed. E010: audit events would be kept for less
    than a day or for more than a hundred years. E016: the same of ended sessions.
    """
    if misfits := list(_misfits()):
        return misfits
    errors: list[checks.CheckMessage] = []
    limits = api_settings()
    if problem := database_problem():
        errors.append(error("E005", problem))
    if (
        limits.HASHING_CONCURRENCY < 1
        or limits.HASHING_QUEUE_LENGTH < 0
        # Not "<= 0", which NaN is not either.
        or not limits.HASHING_QUEUE_TIMEOUT > 0
    ):
        errors.append(error("E009", NOTHING_HASHED))
    if limits.STAFF_REQUIRES_SECOND_FACTOR and not second_factors().are_available:
        errors.append(error("E007", STAFF_LOCKED_OUT, INSTALL))
    if limits.AUDIT_RETENTION is not None and not _can_be_kept_for(limits.AUDIT_RETENTION):
        errors.append(error("E010", RETENTION_OUT_OF_RANGE))
    if limits.ENDED_SESSION_RETENTION and not _can_be_kept_for(limits.ENDED_SESSION_RETENTION):
        errors.append(error("E016", ENDED_RETENTION_OUT_OF_RANGE))
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
    return [error("E006", f"{action} has no policy.") for action in sorted(missing)]


@checks.register("sessions_api", deploy=True)
def check_proxies(**kwargs: object) -> list[checks.CheckMessage]:
    """I001: a reminder of what the proxies must do, which cannot be checked."""
    if not fits_settings():
        return []
    limits = api_settings()
    if limits.TRUSTED_PROXIES <= 0 or limits.PROXY_DROPS_UNDERSCORES:
        return []
    return [checks.Info(PROXY_REQUIREMENTS, hint=PROXY_HINT, id="sessions_api.I001")]


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


def _can_be_kept_for(retention: timedelta) -> bool:
    return SHORTEST_RETENTION <= retention <= HUNDRED_YEARS


def _misfits() -> Iterator[checks.CheckMessage]:
    given = getattr(settings, SETTINGS_NAME, {})
    if not isinstance(given, Mapping):
        yield error("E002", f"{SETTINGS_NAME} must be a dict.")
        return
    hints = typing.get_type_hints(ApiSettings)
    if unknown := sorted(set(given) - set(hints)):
        names = ", ".join(sorted(hints))
        text = f"{SETTINGS_NAME} has unknown settings: {', '.join(unknown)}. It may have {names}."
        near = [match for name in unknown for match in get_close_matches(name, hints, n=1)]
        yield error("E001", text, f"Did you mean {' and '.join(near)}?" if near else None)
        return
    for name, value in given.items():
        if not _fits(value, hints[name]):
            yield error("E002", f"{SETTINGS_NAME}['{name}'] has the wrong type.")


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
