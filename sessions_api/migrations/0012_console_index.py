from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0011_console_sessions")]

    operations = [
        migrations.AddIndex(
            model_name="usersession",
            index=models.Index(
                condition=models.Q(("jti", None)), fields=["sid", "id"], name="sessions_api_console"
            ),
        ),
    ]
