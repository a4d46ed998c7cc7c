"""A system check of the pooler that ``default`` leads to: ``check --database default`` asks it."""

from collections.abc import Sequence

from django.core import checks
from django.db import connections

from killswitches import prepared
from sessions_api.checks.messages import warning
from sessions_api.databases.poolers import confuses_statements


@checks.register("sessions_api", checks.Tags.database)
def check_poolers(
    databases: Sequence[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """W056: statements are prepared behind a pooler in transaction mode that confuses those of its
    clients.

    A server that does not answer is left to ``/readyz``.
    """
    return [
        message
        for alias in databases or ()
        if prepared.is_on(connections[alias])
        for message in _check(alias)
    ]


def _check(alias: str) -> list[checks.CheckMessage]:
    from psycopg import Error

    try:
        if not confuses_statements(connections[alias]):
            return []
    except Error:
        return []
    text = f"The pooler of the database {alias!r} gives prepared statements to the wrong clients."
    hint = (
        "Use PgBouncer 1.21 or later with max_prepared_statements, or prepare nothing: set "
        "PREPARED_STATEMENTS=false, or in settings.py:\n"
        f'DATABASES["{alias}"]["OPTIONS"]["prepare_threshold"] = None'
    )
    return [warning("W056", text, hint)]
