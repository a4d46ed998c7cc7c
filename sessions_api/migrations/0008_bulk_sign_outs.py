from django.db import migrations

#: The new names of kinds of audit events.
KINDS = {
    "ending_begun": "bulk_sign_out_begun",
    "ending_cancelled": "bulk_sign_out_cancelled",
    "new_place": "new_location",
}


def rename_kinds(apps, schema_editor, kinds=KINDS):
    events = apps.get_model("sessions_api", "AuditEvent")._base_manager
    for old, new in kinds.items():
        events.using(schema_editor.connection.alias).filter(kind=old).update(kind=new)


def restore_kinds(apps, schema_editor):
    rename_kinds(apps, schema_editor, {new: old for old, new in KINDS.items()})


def rename_permissions(apps, schema_editor, old="sessionending", new="bulksignout"):
    """Rename the permissions, so that users and groups keep them.

    For a renamed model, Django creates new permissions and leaves the old ones.
    """
    permissions = apps.get_model("auth", "Permission")._base_manager
    of_app = permissions.using(schema_editor.connection.alias).filter(
        content_type__app_label="sessions_api"
    )
    for verb in ("add", "change", "delete", "view"):
        of_app.filter(codename=f"{verb}_{old}").update(codename=f"{verb}_{new}")


def restore_permissions(apps, schema_editor):
    rename_permissions(apps, schema_editor, "bulksignout", "sessionending")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions_api", "0007_mark_sessions"),
    ]

    operations = [
        migrations.RenameModel("SessionEnding", "BulkSignOut"),
        migrations.RunPython(rename_kinds, restore_kinds, elidable=True),
        migrations.RunPython(rename_permissions, restore_permissions, elidable=True),
    ]
