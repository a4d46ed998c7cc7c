"""The backend. Django finds it by the name of this module."""

from collections.abc import Sequence
from typing import Any

from sessions_api.databases.postgresql import base

#: The size in bytes from which a table is truncated.
LARGE = 4 * 1024 * 1024
_LARGEST = "SELECT coalesce(max(pg_table_size(name::regclass)), 0) FROM unnest(%s::text[]) AS name"


class DatabaseOperations(base.DatabaseWrapper.ops_class):  # type: ignore[misc]
    """Deletes the few rows of a test. ``TRUNCATE`` makes new files for each table and index."""

    def sql_flush(
        self,
        style: Any,
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,
        allow_cascade: bool = False,
    ) -> list[str]:
        """Return the statements that empty tables."""
        names = [self.quote_name(table) for table in tables]
        if reset_sequences or allow_cascade or self._has_large(names):
            return super().sql_flush(
                style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
            )
        # In one statement, which takes one round trip.
        return [" ".join(f"DELETE FROM {name};" for name in names)]  # noqa: S608

    def _has_large(self, names: Sequence[str]) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute(_LARGEST, [list(names)])
            return bool(cursor.fetchone()[0] > LARGE)


class DatabaseWrapper(base.DatabaseWrapper):
    """The connection."""

    ops_class = DatabaseOperations
