"""``manage.py create_helper_group``: a group whose members see all of it and change nothing."""

from django.apps import apps
from django.contrib.auth import get_permission_codename, get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Model

HELPERS = "Helpers"


class Command(BaseCommand):
    help = (
        "Make a group for staff who help others: they see users, sessions, endings, second factors,"
        " kill switches and the audit trail in the admin, and change nothing. Run again, it adds "
        "what a newer version shows, and takes nothing away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default=HELPERS, help="default: %(default)s")

    def handle(self, *_args: object, name: str, **_options: object) -> None:
        if not 0 < len(name) <= 150 or not name.isprintable():
            raise CommandError("A group's name has 1 to 150 characters, all of them printable.")
        rights = [_right_to_see(model) for model in _models()]
        with transaction.atomic():
            group, is_new = Group.objects.get_or_create(name=name)
            group.permissions.add(*rights)
        others = group.permissions.exclude(pk__in=[right.pk for right in rights])
        self.stdout.write(f"{'Made' if is_new else 'Updated'}: {name}")
        if powers := [str(one) for one in others.exclude(codename__startswith="view_")]:
            self.stderr.write(f"It may do more than look: {'; '.join(powers)}")


def _models() -> list[type[Model]]:
    """What helpers may see: what the apps say in their configurations."""
    shown = [
        config.get_model(name)
        for config in apps.get_app_configs()
        for name in getattr(config, "models_for_helpers", ())
    ]
    return [get_user_model(), *shown]


def _right_to_see(model: type[Model]) -> Permission:
    codename = get_permission_codename("view", model._meta)
    kind = ContentType.objects.get_for_model(model)
    try:
        return Permission.objects.get(content_type=kind, codename=codename)
    except Permission.DoesNotExist as error:
        raise CommandError(f"There is no permission {codename}. Run `migrate` first.") from error
