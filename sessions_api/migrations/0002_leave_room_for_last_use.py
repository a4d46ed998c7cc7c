from django.db import migrations


def leave_room(apps, schema_editor):
    """Leave room in each page, so that updates of the last use are heap-only."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE sessions_api_usersession SET (fillfactor = 85)")


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0001_initial")]

    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
