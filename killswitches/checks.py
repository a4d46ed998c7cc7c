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
                "USE_TZ is False, and kill switches and sessions begin and end at moments, which "
                "local times do not tell.",
                hint="Set USE_TZ to True; TIME_ZONE stays the zone that pages are shown in.",
                id="killswitches.E003",
            )
        ]
    connection = connections[router.db_for_read(KillSwitch)]
    if connection.vendor not in SUPPORTED_VENDORS:
        return [
            Error(
                f"The kill switches lie in a {connection.display_name} database.",
                hint="Only PostgreSQL and SQLite are known to compute the mask of switches.",
                id="killswitches.E001",
            )
        ]
    if connection.vendor == "sqlite" and connection.timezone_name != "UTC":
        return [
            Error(
                f"SQLite keeps times of {connection.timezone_name} here, and its clock is in UTC: "
                "a switch that is turned on for a while would not go off on time.",
                hint="Set no TIME_ZONE in DATABASES, or use PostgreSQL.",
                id="killswitches.E002",
            )
        ]
    return []
