import uuid

from django.db import migrations, models


def end_console_sessions(apps, schema_editor):
    """End the sessions of the console, which would pass for others in the version before."""
    sessions = apps.get_model("sessions_api", "UserSession")._base_manager
    sessions.using(schema_editor.connection.alias).filter(jti=None).delete()


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0010_bans")]

    operations = [
        migrations.AlterField(
            model_name="usersession",
            name="jti",
            field=models.UUIDField(
                default=uuid.uuid4, editable=False, null=True, verbose_name="token ID"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, end_console_sessions),
    ]
