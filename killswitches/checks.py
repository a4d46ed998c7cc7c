"""System checks."""

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections, router

from .models import KillSwitch

SUPPORTED_VENDORS = {"postgresql", "sqlite"}


def check_database(**_kwargs: Any) -> list[CheckMessage]:
    """killswitches.E001: the switches lie in a database that cannot compute their mask.

    killswitches.E002: they lie in one whose clock and stored times do not compare.
    """
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
                hint="Set USE_TZ to True, and no TIME_ZONE in DATABASES; or use PostgreSQL.",
                id="killswitches.E002",
            )
        ]
    return []
