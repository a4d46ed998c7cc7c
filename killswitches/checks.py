"""System checks of the database and of settings, and the form of hints."""

from collections.abc import Sequence

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.db import DatabaseError, connections, router
from django.utils.module_loading import import_string

from . import fixed_tokens, override, reminders, second_person
from .approvals import people
from .models import KillSwitch
from .ofrep import access
from .registry import registry

SUPPORTED_VENDORS = {"postgresql", "sqlite"}
#: The middleware that refuses incomplete forms.
COMPLETE_FORMS = "killswitches.middleware.CompleteFormsMiddleware"
#: Names of other vendors. A connection knows its own, but MySQL's asks the server for it.
VENDORS = {"mysql": "MySQL or MariaDB", "oracle": "Oracle"}


def add_to(file: str, *lines: str) -> str:
    """Return a hint whose lines can be pasted without changes: they begin at the margin.

    :param file: the file that the lines are added to, such as ``settings.py``.
    """
    return "\n".join([f"Add to {file}:", *lines])


def place_of(path: str) -> int | None:
    """Return the index of a middleware class, or of a subclass, in ``MIDDLEWARE``."""
    wanted = import_string(path)
    for index, name in enumerate(settings.MIDDLEWARE):
        try:
            found = import_string(name)
        except ImportError:
            # Django says so when it loads the middleware.
            continue
        if isinstance(found, type) and issubclass(found, wanted):
            return index
    return None


def put_first(path: str, *lines: str) -> str:
    """Return a hint that puts a middleware first.

    :param lines: lines before that one.
    """
    return add_to("settings.py", *lines, f'MIDDLEWARE = ["{path}", *MIDDLEWARE]')


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


def check_ofrep(**_kwargs: object) -> list[CheckMessage]:
    """E004: a token in ``OFREP_TOKENS`` is so short that it could be guessed."""
    tokens = access.tokens()
    if not isinstance(tokens, str) and all(map(fixed_tokens.is_usable, tokens)):
        return []
    return [
        Error(
            "OFREP_TOKENS must be a sequence of tokens with at least "
            f"{fixed_tokens.SHORTEST} printable ASCII characters each.",
            hint=f"Make one:\n{fixed_tokens.NEW}",
            id="killswitches.E004",
        )
    ]


def check_reminders(**_kwargs: object) -> list[CheckMessage]:
    """E008: ``REMIND_AFTER`` is no duration."""
    try:
        reminders.remind_after()
    except ValueError as error:
        return [
            Error(
                f"KILLSWITCHES['REMIND_AFTER'] is invalid: {error}",
                hint=add_to(
                    "settings.py",
                    f'KILLSWITCHES["REMIND_AFTER"] = "{reminders.DEFAULT}"'
                    f'  # Or "{reminders.NEVER}".',
                ),
                id="killswitches.E008",
            )
        ]
    return []


def check_forms(**_kwargs: object) -> list[CheckMessage]:
    """W009: the admin acts on forms of which only a part has arrived."""
    if not apps.is_installed("django.contrib.admin") or place_of(COMPLETE_FORMS) is not None:
        return []
    return [
        CheckWarning(
            "The admin acts on forms of which only a part has arrived: without the fields of its "
            "conditions, a kill switch is for everybody.",
            hint=put_first(COMPLETE_FORMS),
            id="killswitches.W009",
        )
    ]


def check_override(**_kwargs: object) -> list[CheckMessage]:
    """W005: the override, in the setting or in its file, names a switch that is not registered.

    It is a warning, so that a typing error during an outage does not prevent a restart.
    """
    known = [switch.name for switch in registry]
    unknown = sorted(set(override.names()) - set(known))
    if not unknown:
        return []
    return [
        CheckWarning(
            f"The override names kill switches that do not exist: {', '.join(unknown)}.",
            hint=f"There are: {', '.join(known)}.",
            id="killswitches.W005",
        )
    ]


def check_second_person(**_kwargs: object) -> list[CheckMessage]:
    """E006: a switch that is to need a second person is not registered."""
    known = [switch.name for switch in registry]
    unknown = sorted(set(second_person.names()) - set(known))
    if not unknown:
        return []
    return [
        Error(
            "SECOND_PERSON names kill switches that do not exist: "
            f"{', '.join(unknown)}. One that was meant would be turned on by a single person.",
            hint=f"There are: {', '.join(known)}.",
            id="killswitches.E006",
        )
    ]


def check_several_people(
    *, databases: Sequence[str] | None = None, **_kwargs: object
) -> list[CheckMessage]:
    """W007: switches need a second person, but fewer than two accounts may flip switches.

    It reads the accounts, so it runs with ``check --database`` and ``migrate``.
    """
    alias = router.db_for_read(get_user_model())
    needed = second_person.switches_that_need_one()
    if not needed or alias not in (databases or ()):
        return []
    try:
        if people.are_several():
            return []
    except DatabaseError:
        # The tables do not exist yet: migrate runs this before it makes them.
        return []
    return [
        CheckWarning(
            f"{', '.join(switch.name for switch in needed)} can be turned on only without a second "
            "person: fewer than two active members of staff may flip kill switches.",
            hint=f"Grant a second one the permission {people.PERMISSION}.",
            id="killswitches.W007",
        )
    ]
