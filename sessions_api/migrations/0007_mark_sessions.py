from django.conf import settings
from django.db import migrations
from django.db.models import Case, CharField, Func, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Left

#: The number of rows per transaction, which holds their locks for tens of milliseconds.
BATCH = 5000


class Sha256(Func):
    function = "SHA256"
    output_field = CharField()

    def as_postgresql(self, compiler, connection, **context):
        template = "ENCODE(SHA256(CONVERT_TO(%(expressions)s, 'UTF8')), 'hex')"
        return self.as_sql(compiler, connection, template=template, **context)


def mark_sessions(apps, schema_editor):
    """Give each session the mark of its owner's current password, so that no session ends.

    If the migration is interrupted, finished batches are kept, and it can be run again. Sessions
    that an older version creates in the meantime, or later, get their marks when first used.
    """
    using = schema_editor.connection.alias
    sessions = apps.get_model("sessions_api", "UserSession")._base_manager.using(using)
    accounts = apps.get_model(settings.AUTH_USER_MODEL)._base_manager.using(using)
    mark = Case(
        When(password__startswith="!", then=Value("!")),
        default=Left(Sha256(Coalesce("password", Value(""))), 32),
        output_field=CharField(),
    )
    of_owner = Subquery(accounts.filter(pk=OuterRef("user_id")).values_list(mark))
    by_key = sessions.order_by("pk").values_list("pk", flat=True)
    last = 0
    while keys := list(by_key.filter(pk__gt=last)[:BATCH]):
        unmarked = sessions.filter(pk__gte=keys[0], pk__lte=keys[-1], password_mark="")
        unmarked.update(password_mark=of_owner)
        last = keys[-1]


class Migration(migrations.Migration):
    # Each batch is a transaction of its own.
    atomic = False

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sessions_api", "0006_password_marks"),
    ]

    operations = [migrations.RunPython(mark_sessions, migrations.RunPython.noop, elidable=True)]
