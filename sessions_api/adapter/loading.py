"""Loading the adapter that the settings name."""

import functools

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from sessions_api.adapter.base import Adapter
from sessions_api.conf import SETTINGS_NAME, api_settings


@functools.cache
def adapter() -> Adapter:
    """Return the host's adapter, one object for the whole process.

    :raises ImproperlyConfigured: ``ADAPTER`` names no subclass of :class:`Adapter`.
    """
    path = api_settings().ADAPTER
    try:
        named = import_string(path)
    # The setting may not be a text.
    except (AttributeError, ImportError) as error:
        raise ImproperlyConfigured(f"ADAPTER names {path!r}: {error}") from error
    if not (isinstance(named, type) and issubclass(named, Adapter)):
        raise ImproperlyConfigured(f"ADAPTER names {path!r}, which is no subclass of Adapter.")
    return named()


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting == SETTINGS_NAME:
        adapter.cache_clear()
