"""Locks on names that no row has."""

from django.db import connection

#: The first of the two numbers of an advisory lock, which keeps them apart from those of others.
NAMED = 0x53455353


def lock_name(name: str) -> None:
    """Lock a name until the end of the transaction.

    SQLite has one writer at a time anyway.

    :param name: anything, such as what somebody is called who has no account.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [NAMED, name])
