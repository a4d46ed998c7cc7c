from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_api", "0012_console_index")]

    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="request_id",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=64,
                verbose_name="request ID",
            ),
        ),
    ]
