from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0005_audit_kinds_without_migrations")]

    operations = [
        migrations.AddField(
            model_name="usersession",
            name="password_mark",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=32
            ),
        ),
        migrations.AddField(
            model_name="usersession",
            name="earlier_mark",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=32
            ),
        ),
    ]
