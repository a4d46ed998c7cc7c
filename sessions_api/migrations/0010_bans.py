import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

#: The number of accounts per query.
BATCH = 1000


def keep_bans(apps, schema_editor):
    """Take time, reason and author of existing bans from the audit log.

    A ban whose event has been pruned, or that was never audited, gets no row.
    """
    using = schema_editor.connection.alias
    account = apps.get_model(settings.AUTH_USER_MODEL)
    if not any(field.name == "is_active" for field in account._meta.concrete_fields):
        return
    ban = apps.get_model("sessions_api", "Ban")
    events = apps.get_model("sessions_api", "AuditEvent")._base_manager.using(using)
    banned = account._base_manager.using(using).filter(is_active=False)
    by_key = banned.order_by("pk").values_list("pk", flat=True)
    keys = list(by_key[:BATCH])
    while keys:
        changes = events.filter(subject__in=keys, kind__in=["banned", "unbanned"])
        # Of several events of an account, the newest is left.
        newest = {event.subject_id: event for event in changes.order_by("at", "pk")}
        ban._base_manager.using(using).bulk_create(
            ban(
                user_id=key,
                banned_at=event.at,
                reason=event.detail.get("reason", ""),
                actor_id=event.actor_id,
                actor_name=event.actor_name,
            )
            for key, event in newest.items()
            if event.kind == "banned"
        )
        keys = list(by_key.filter(pk__gt=keys[-1])[:BATCH])


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sessions_api", "0009_plain_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ban",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "banned_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="banned since",
                    ),
                ),
                ("reason", models.TextField(blank=True, editable=False, verbose_name="reason")),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "actor_name",
                    models.CharField(
                        blank=True, editable=False, max_length=255, verbose_name="by"
                    ),
                ),
            ],
            options={
                "verbose_name": "ban",
                "verbose_name_plural": "bans",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(keep_bans, migrations.RunPython.noop, elidable=True),
    ]
