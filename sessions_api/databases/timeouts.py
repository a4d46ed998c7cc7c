"""A limit on how long statements may take."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction


@contextmanager
def time_limited(alias: str, seconds: float) -> Iterator[None]:
    """Run statements in a transaction in which PostgreSQL cancels those that take too long.

    Other databases have no such limit.

    :param alias: the alias of the database.
    :raises django.db.OperationalError: from a statement that was cancelled.
    """
    with transaction.atomic(using=alias):
        if connections[alias].vendor == "postgresql":
            with connections[alias].cursor() as cursor:
                # Until the end of the transaction.
                cursor.execute(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
        yield
