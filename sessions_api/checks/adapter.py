"""System checks of the host's adapter and of the authentication backends."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth import load_backend
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from sessions_api.adapter import Adapter, adapter
from sessions_api.adapter.backends import takes_passwords
from sessions_api.checks.messages import error, warning
from sessions_api.checks.settings import fits_settings

NOBODY = (
    "Nobody can log in to the API: no backend in AUTHENTICATION_BACKENDS takes a username and a "
    "password."
)


@checks.register("sessions_api")
def check_adapter(**kwargs: object) -> list[checks.CheckMessage]:
    """E020: ``ADAPTER`` cannot be imported, or is no subclass of ``Adapter``.

    E021: a class in ``AUTHENTICATION_BACKENDS`` cannot be imported. W022: none of these classes
    takes a username and a password, so nobody can log in to the API.
    """
    if not fits_settings():
        return []
    try:
        asks_backends = type(adapter()).authenticate is Adapter.authenticate
    except ImproperlyConfigured as problem:
        return [error("E020", str(problem))]
    if missing := list(_not_importable()):
        return [error("E021", text) for text in missing]
    backends = map(load_backend, settings.AUTHENTICATION_BACKENDS)
    if asks_backends and not any(map(takes_passwords, backends)):
        return [warning("W022", NOBODY)]
    return []


def has_adapter() -> bool:
    """Return whether the adapter can be loaded (E020)."""
    try:
        adapter()
    except ImproperlyConfigured:
        return False
    return True


def _not_importable() -> Iterator[str]:
    for path in settings.AUTHENTICATION_BACKENDS:
        try:
            load_backend(path)
        except ImportError as problem:
            yield f"AUTHENTICATION_BACKENDS names {path!r}, which cannot be imported: {problem}"
