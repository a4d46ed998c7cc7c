"""The app's configuration."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class KillSwitchesConfig(AppConfig):
    """Kill switches: a registry, their rows, the gate, audited services, an admin and a command."""

    name = "killswitches"
    verbose_name = _("Kill switches")
    default_auto_field = "django.db.models.BigAutoField"
    #: What those who help staff may look at; ``sessions_api`` makes them a group.
    models_for_helpers = ("KillSwitch", "SwitchFlip")

    def ready(self) -> None:
        from .checks import check_database

        register(check_database, Tags.compatibility)
