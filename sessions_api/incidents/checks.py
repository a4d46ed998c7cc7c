"""System checks of incidents."""

from django.core import checks

from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings


@checks.register("sessions_api")
def check_approval(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: ``INCIDENT_APPROVAL_ABOVE`` is negative."""
    above = api_settings().INCIDENT_APPROVAL_ABOVE if fits_settings() else None
    if above is None or above >= 0:
        return []
    text = "SESSIONS_API['INCIDENT_APPROVAL_ABOVE'] is a number of users: 0 or more, or None."
    return [checks.Error(text, id="sessions_api_incidents.E001")]
