"""A limit on how long statements may take."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from django.db import connections, transaction


@contextmanager
def time_limited(aliases: Iterable[str], seconds: float) -> Iterator[None]:
    """Run statements in transactions in which PostgreSQL cancels those that take too long.

    Other databases have no such limit, and statements run without a transaction there: that of
    SQLite would wait for whoever writes.

    :param aliases: the aliases of the databases that are read.
    :raises django.db.OperationalError: from a statement that was cancelled.
    """
    with ExitStack() as stack:
        for alias in aliases:
            if connections[alias].vendor == "postgresql":
                stack.enter_context(transaction.atomic(using=alias))
                with connections[alias].cursor() as cursor:
                    # Until the end of the transaction.
                    cursor.execute(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
        yield
