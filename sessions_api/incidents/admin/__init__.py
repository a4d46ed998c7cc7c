"""Incidents in the Django admin: a room for each, in which staff answer it."""

from sessions_api.admin.overview.extensions import register
from sessions_api.incidents.admin.admin import IncidentAdmin
from sessions_api.incidents.admin.front_page import ON_FRONT_PAGE

__all__ = ["IncidentAdmin"]

register(ON_FRONT_PAGE)
