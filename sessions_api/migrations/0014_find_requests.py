from django.db import migrations, models

from sessions_api.databases.concurrent_indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sessions_api", "0013_request_ids")]

    operations = [
        AddIndexConcurrently(
            "auditevent",
            models.Index(fields=["request_id", "at", "id"], name="sessions_api_event_request"),
        ),
    ]
