from django.db import migrations


def many_begin_at_once(apps, schema_editor):
    """Tell PostgreSQL that a hundred sessions may have the same id, which is a second.

    Where an id is newer than its statistics it expected one row of it, and read for one user's
    session, by the index of ids alone, those that everybody had begun in the same second.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE sessions_api_usersession ALTER COLUMN sid SET (n_distinct = -0.01)"
        )
        schema_editor.execute("ANALYZE sessions_api_usersession (sid)")


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0003_vacuum_early")]

    operations = [migrations.RunPython(many_begin_at_once, migrations.RunPython.noop)]
