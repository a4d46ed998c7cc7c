from django.db import migrations, models


class AddIndex(migrations.AddIndex):
    """Add the index while events are written, if the database is PostgreSQL."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            return super().database_forwards(app_label, schema_editor, from_state, to_state)
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            # What an interrupted attempt has left is invalid.
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            schema_editor.add_index(model, self.index, concurrently=True)


class Migration(migrations.Migration):
    # CREATE INDEX CONCURRENTLY cannot run in a transaction.
    atomic = False

    dependencies = [("sessions_api", "0013_request_ids")]

    operations = [
        AddIndex(
            "auditevent",
            models.Index(fields=["request_id", "at", "id"], name="sessions_api_event_request"),
        ),
    ]
