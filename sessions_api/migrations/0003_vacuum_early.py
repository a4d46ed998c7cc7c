from django.db import migrations


def vacuum_early(apps, schema_editor):
    """Have autovacuum remove ended sessions once they are a hundredth of the table.

    The default is a fifth. Most sessions that end are recent, so queries for the newest sessions
    would have to skip all of the dead rows.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE sessions_api_usersession SET (autovacuum_vacuum_scale_factor = 0.01)"
        )


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0002_leave_room_for_last_use")]

    operations = [migrations.RunPython(vacuum_early, migrations.RunPython.noop)]
