"""``manage.py create_helper_group``: creates a group with read access to the admin."""

from django.apps import apps
from django.contrib.auth import get_permission_codename, get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Model

from killswitches.command_line import escaped

HELPERS = "Helpers"


class Command(BaseCommand):
    help = (
        "Create a group for staff who help users. Its members can view users, sessions, bulk "
        "sign-outs, second factors, kill switches and the audit log in the admin, but change "
        "nothing. Running it again adds permissions of a newer version, and removes none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default=HELPERS, help="default: %(default)s")

    def handle(self, *_args: object, name: str, **_options: object) -> None:
        if not 0 < len(name) <= 150 or not name.isprintable():
            raise CommandError("A group name must have 1 to 150 characters, all of them printable.")
        rights = [_view_permission(model) for model in _models()]
        with transaction.atomic():
            group, is_new = Group.objects.get_or_create(name=name)
            group.permissions.add(*rights)
        others = group.permissions.exclude(pk__in=[right.pk for right in rights])
        self.stdout.write(f"{'Created' if is_new else 'Updated'}: {name}")
        if powers := [str(one) for one in others.exclude(codename__startswith="view_")]:
            text = f"Members can do more than view: {'; '.join(powers)}"
            self.stderr.write(escaped(text, self.stderr))


def _models() -> list[type[Model]]:
    """Return the models that helpers may view: accounts, and those that the app configs name."""
    shown = [
        config.get_model(name)
        for config in apps.get_app_configs()
        for name in getattr(config, "models_for_helpers", ())
    ]
    return [get_user_model(), *shown]


def _view_permission(model: type[Model]) -> Permission:
    codename = get_permission_codename("view", model._meta)
    kind = ContentType.objects.get_for_model(model)
    try:
        return Permission.objects.get(content_type=kind, codename=codename)
    except Permission.DoesNotExist as error:
        raise CommandError(f"There is no permission {codename}. Run `migrate` first.") from error
