from django.db import migrations


def many_begin_at_once(apps, schema_editor):
    """Tell PostgreSQL's planner that a hundred sessions may share an id, which is a second.

    For ids newer than its statistics it expected a single row. To find a user's session it then
    used the index of ids alone, and read all sessions that were created in the same second.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE sessions_api_usersession ALTER COLUMN sid SET (n_distinct = -0.01)"
        )
        schema_editor.execute("ANALYZE sessions_api_usersession (sid)")


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0003_vacuum_early")]

    operations = [migrations.RunPython(many_begin_at_once, migrations.RunPython.noop)]
