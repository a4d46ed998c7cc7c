"""System checks of the database and time settings."""

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections, router

from .models import KillSwitch

SUPPORTED_VENDORS = {"postgresql", "sqlite"}


def check_database(**_kwargs: object) -> list[CheckMessage]:
    """E001: the database of the switches cannot compute their mask.

    E002: the SQLite database of the switches stores times in a zone other than UTC, in which its
    clock runs, so they cannot be compared.

    E003: ``USE_TZ`` is off. Lists by time, tokens, rate windows and exports need unambiguous times,
    and local times repeat for an hour each autumn.
    """
    if not settings.USE_TZ:
        return [
            Error(
                "USE_TZ is False, but kill switches and sessions need unambiguous times.",
                hint="Set USE_TZ to True. TIME_ZONE remains the zone in which pages show times.",
                id="killswitches.E003",
            )
        ]
    connection = connections[router.db_for_read(KillSwitch)]
    if connection.vendor not in SUPPORTED_VENDORS:
        return [
            Error(
                f"The kill switches are stored in a {connection.display_name} database.",
                hint="Only PostgreSQL and SQLite are supported.",
                id="killswitches.E001",
            )
        ]
    if connection.vendor == "sqlite" and connection.timezone_name != "UTC":
        return [
            Error(
                f"SQLite stores times in {connection.timezone_name}, but its clock runs in UTC, so "
                "a switch that is on for a limited time would not turn off on time.",
                hint="Remove TIME_ZONE from DATABASES, or use PostgreSQL.",
                id="killswitches.E002",
            )
        ]
    return []
