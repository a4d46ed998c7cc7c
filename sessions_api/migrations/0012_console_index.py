from django.db import migrations, models

from sessions_api.databases.concurrent_indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sessions_api", "0011_console_sessions")]

    operations = [
        AddIndexConcurrently(
            model_name="usersession",
            index=models.Index(
                condition=models.Q(("jti", None)), fields=["sid", "id"], name="sessions_api_console"
            ),
        ),
    ]
