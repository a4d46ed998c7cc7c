"""The scopes of scoped sessions, as bit flags."""

from enum import IntFlag


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


#: The mask of all scopes.
ALL_SCOPES = sum(Scope)

#: The mask of the scopes that only staff may have.
STAFF_SCOPES = sum(scope for scope in Scope if str(scope.name).startswith("STAFF_"))
