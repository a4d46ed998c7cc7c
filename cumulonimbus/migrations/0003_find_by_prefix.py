from django.db import migrations, models
from django.db.models.functions import Upper

from sessions_api.databases.concurrent_indexes import AddIndexConcurrently
from sessions_api.databases.prefixes import ByCodePoint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("cumulonimbus", "0002_plain_words")]

    operations = [
        AddIndexConcurrently(
            "user",
            models.Index(ByCodePoint(Upper("username")), name="user_username_prefix"),
        ),
        AddIndexConcurrently(
            "user", models.Index(ByCodePoint(Upper("email")), name="user_email_prefix")
        ),
    ]
