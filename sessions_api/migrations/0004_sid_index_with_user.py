from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Of an index of ids alone the planner expected hardly a row for a new one, and read for one
    user's session those that everybody had begun in the same second."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sessions_api", "0003_vacuum_early"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="usersession",
            index=models.Index(fields=["sid", "user"], name="sessions_api_sid_user"),
        ),
        migrations.RemoveIndex(model_name="usersession", name="sessions_api_sid"),
    ]
