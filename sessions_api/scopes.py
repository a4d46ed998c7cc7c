"""The scopes of scoped sessions, as bit flags: this app's, and those that other apps register."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag

from django.utils.translation import gettext_noop


class Scope(IntFlag):
    """The permission flags of a scoped session. Their values are part of the API."""

    ALL = 1 << 0
    UPLOAD_FILE = 1 << 1
    ACCOUNT_READ = 1 << 2
    ACCOUNT_MODIFY = 1 << 3
    SECOND_FACTOR_READ = 1 << 4
    SESSION_READ = 1 << 5
    SESSION_MODIFY = 1 << 6
    FILE_READ = 1 << 7
    FILE_MODIFY = 1 << 8
    STAFF_READ_ACCOUNTS = 1 << 9
    STAFF_MODIFY_ACCOUNTS = 1 << 10
    STAFF_READ_SECOND_FACTORS = 1 << 11
    STAFF_MODIFY_SECOND_FACTORS = 1 << 12
    STAFF_READ_SESSIONS = 1 << 13
    STAFF_MODIFY_SESSIONS = 1 << 14
    STAFF_READ_FILES = 1 << 15
    STAFF_MODIFY_FILES = 1 << 16
    STAFF_MODIFY_DOMAINS = 1 << 17
    STAFF_MODIFY_INSTRUCTIONS = 1 << 18
    STAFF_MODIFY_KILLSWITCHES = 1 << 19
    STAFF_MODIFY_LOGLEVEL = 1 << 20


#: What the scopes of this app let a session do. In English, as descriptions of the API have it;
#: pages translate it.
IN_WORDS = {
    Scope.ALL: gettext_noop(
        "Everything that the account may do, except creating tokens and changing second factors."
    ),
    Scope.UPLOAD_FILE: gettext_noop("Upload files."),
    Scope.ACCOUNT_READ: gettext_noop("View the account."),
    Scope.ACCOUNT_MODIFY: gettext_noop("Change the account."),
    Scope.SECOND_FACTOR_READ: gettext_noop("View the second factors."),
    Scope.SESSION_READ: gettext_noop("View the sessions."),
    Scope.SESSION_MODIFY: gettext_noop("End sessions."),
    Scope.FILE_READ: gettext_noop("View the files."),
    Scope.FILE_MODIFY: gettext_noop("Change and delete files."),
    Scope.STAFF_READ_ACCOUNTS: gettext_noop("View any account."),
    Scope.STAFF_MODIFY_ACCOUNTS: gettext_noop("Change any account."),
    Scope.STAFF_READ_SECOND_FACTORS: gettext_noop("View any user's second factors."),
    Scope.STAFF_MODIFY_SECOND_FACTORS: gettext_noop("Remove any user's second factors."),
    Scope.STAFF_READ_SESSIONS: gettext_noop("View any user's sessions."),
    Scope.STAFF_MODIFY_SESSIONS: gettext_noop("End any user's sessions."),
    Scope.STAFF_READ_FILES: gettext_noop("View any user's files."),
    Scope.STAFF_MODIFY_FILES: gettext_noop("Change and delete any user's files."),
    Scope.STAFF_MODIFY_DOMAINS: gettext_noop("Manage domains."),
    Scope.STAFF_MODIFY_INSTRUCTIONS: gettext_noop("Manage instructions."),
    Scope.STAFF_MODIFY_KILLSWITCHES: gettext_noop("View and flip the kill switches."),
    Scope.STAFF_MODIFY_LOGLEVEL: gettext_noop("Change the log level."),
}

#: The mask of this app's scopes.
ALL_SCOPES = sum(Scope)

#: What the names of scopes begin with that only staff may have.
STAFF_PREFIX = "STAFF_"

#: The mask of the scopes of this app that only staff may have.
STAFF_SCOPES = sum(scope for scope in Scope if str(scope.name).startswith(STAFF_PREFIX))

#: The bits that are left to other apps. The column holds 31 of them.
FIRST_FREE, LAST_FREE = 21, 30


@dataclass(frozen=True)
class FurtherScope:
    """A scope of another app.

    :param name: in capitals; a name that begins with ``STAFF_`` is for staff alone.
    :param description: what it lets a session do, in a sentence.
    """

    name: str
    description: str


_further: dict[Scope, FurtherScope] = {}


def register(bit: int, name: str, description: str) -> Scope:
    """Register a scope of another app, and return it.

    Its flag is part of the API, and is stored with sessions, so the bit must stay what it is.

    :param bit: from 21 to 30; the flag is 2 to the power of this.
    :param name: see :class:`FurtherScope`, as for ``description``.
    :raises ValueError: the bit or the name is not free.
    """
    if not FIRST_FREE <= bit <= LAST_FREE:
        raise ValueError(f"A scope of another app has a bit from {FIRST_FREE} to {LAST_FREE}.")
    scope, further = Scope(1 << bit), FurtherScope(name, description)
    others = {known: scope_name(known) for known in all_scopes() if known != scope}
    if _further.get(scope, further) != further or name in others.values():
        raise ValueError(f"The bit {bit} or the name {name!r} is another scope's.")
    _further[scope] = further
    return scope


def all_scopes() -> list[Scope]:
    """Return the scopes of all apps, by their flags."""
    return [*Scope, *sorted(_further)]


def further_scopes() -> dict[Scope, FurtherScope]:
    """Return the scopes that other apps have registered."""
    return dict(_further)


def known_mask() -> int:
    """Return the mask of all scopes."""
    return ALL_SCOPES | sum(_further)


def staff_mask() -> int:
    """Return the mask of the scopes that only staff may have."""
    return STAFF_SCOPES | sum(
        scope for scope, one in _further.items() if one.name.startswith(STAFF_PREFIX)
    )


def scope_name(scope: Scope) -> str:
    """Return the name of a single scope; its flag, if no installed app knows it."""
    further = _further.get(scope)
    return further.name if further else scope.name or str(int(scope))


def description_of(scope: Scope) -> str:
    """Return what a single scope lets a session do, in English; "" if no installed app knows it."""
    further = _further.get(scope)
    return further.description if further else IN_WORDS.get(scope, "")


def descriptions_of(flags: int) -> list[str]:
    """Return what the scopes in a mask let a session do, in English, as far as apps know them."""
    found = (description_of(scope) for scope in all_scopes() if flags & scope)
    return list(filter(None, found))


def names_of(flags: int) -> Iterator[str]:
    """Yield the names of the scopes in a mask, with flags for those that no app knows."""
    for bit in range(int(flags).bit_length()):
        if flags >> bit & 1:
            yield scope_name(Scope(1 << bit))
