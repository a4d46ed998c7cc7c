"""Migration operations for indexes of large tables."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexConcurrently(migrations.AddIndex):
    """Add the index while rows are written, if the database is PostgreSQL.

    Django's own operation works with PostgreSQL only. The migration must not be atomic, because
    ``CREATE INDEX CONCURRENTLY`` cannot run in a transaction. It cannot build an index of all
    partitions either: writes to a table with partitions wait.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        is_postgresql = schema_editor.connection.vendor == "postgresql"
        if not is_postgresql or _has_partitions(schema_editor, model._meta.db_table):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            # What an interrupted attempt has left is invalid.
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            # The argument is that of PostgreSQL's schema editor.
            schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]


def _has_partitions(schema_editor: BaseDatabaseSchemaEditor, table: str) -> bool:
    # The table need not exist: sqlmigrate asks in an empty database too.
    of_table = "SELECT FROM pg_partitioned_table WHERE partrelid = to_regclass(%s)"
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(of_table, [schema_editor.quote_name(table)])
        return cursor.fetchone() is not None
