from django.db import migrations


def vacuum_early(apps, schema_editor):
    """Let PostgreSQL clear away ended sessions when they are a hundredth of the table.

    By default it waits for a fifth. Most of those that end are new, and whoever looks at the newest
    sessions would go past all of them.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE sessions_api_usersession SET (autovacuum_vacuum_scale_factor = 0.01)"
        )


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0002_leave_room_for_last_use")]

    operations = [migrations.RunPython(vacuum_early, migrations.RunPython.noop)]
