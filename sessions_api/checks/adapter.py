"""A system check of the host's adapter."""

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from sessions_api.adapter import adapter
from sessions_api.checks.settings import fits_settings


@checks.register("sessions_api")
def check_adapter(**kwargs: object) -> list[checks.CheckMessage]:
    """E020: ``ADAPTER`` cannot be imported, or is no subclass of ``Adapter``."""
    if not fits_settings():
        return []
    try:
        adapter()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="sessions_api.E020")]
    return []
