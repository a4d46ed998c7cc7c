"""A database that cannot store audit events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from sessions_api.models import AuditEvent

INSERT = f'INSERT INTO "{AuditEvent._meta.db_table}"'


@contextmanager
def no_room_for_events(kind: str = "") -> Iterator[None]:
    """Make every write of an audit event within the block fail, whichever service writes it.

    :param kind: fail only for events of this kind.
    """

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(INSERT) and (not kind or kind in params):
            raise RuntimeError("no room")
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield
