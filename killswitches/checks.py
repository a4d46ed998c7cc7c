"""System checks of the database and time settings, and the form of their hints."""

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections, router

from .models import KillSwitch

SUPPORTED_VENDORS = {"postgresql", "sqlite"}
#: Names of other vendors. A connection knows its own, but MySQL's asks the server for it.
VENDORS = {"mysql": "MySQL or MariaDB", "oracle": "Oracle"}


def add_to(file: str, *lines: str) -> str:
    """Return a hint whose lines can be pasted without changes: they begin at the margin.

    :param file: the file that the lines are added to, such as ``settings.py``.
    """
    return "\n".join([f"Add to {file}:", *lines])


def check_database(**_kwargs: object) -> list[CheckMessage]:
    """E001: the switches are kept in another database than PostgreSQL or SQLite.

    E002: the SQLite database of the switches stores times in a zone other than UTC, in which its
    clock runs, so they cannot be compared.

    E003: ``USE_TZ`` is off. Lists by time, tokens, rate windows and exports need unambiguous times,
    and local times repeat for an hour each autumn.
    """
    if not settings.USE_TZ:
        return [
            Error(
                "USE_TZ is False, but kill switches and sessions need unambiguous times.",
                hint=add_to("settings.py", "USE_TZ = True  # TIME_ZONE remains the zone of pages."),
                id="killswitches.E003",
            )
        ]
    alias = router.db_for_read(KillSwitch)
    connection = connections[alias]
    if connection.vendor not in SUPPORTED_VENDORS:
        vendor = VENDORS.get(connection.vendor, connection.vendor)
        return [
            Error(
                "Kill switches and sessions are kept in PostgreSQL or SQLite only, but the "
                f"database {alias!r} is {vendor}.",
                hint=add_to(
                    "settings.py",
                    f'DATABASES["{alias}"] = {{"ENGINE": "django.db.backends.postgresql", '
                    '"NAME": "…", "USER": "…", "PASSWORD": "…", "HOST": "…"}',
                ),
                id="killswitches.E001",
            )
        ]
    if connection.vendor == "sqlite" and connection.timezone_name != "UTC":
        return [
            Error(
                f"SQLite stores times in {connection.timezone_name}, but its clock runs in UTC, so "
                "a switch that is on for a limited time would not turn off on time.",
                hint=add_to("settings.py", f'del DATABASES["{alias}"]["TIME_ZONE"]'),
                id="killswitches.E002",
            )
        ]
    return []
