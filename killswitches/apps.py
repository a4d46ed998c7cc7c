"""The app's configuration."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class KillSwitchesConfig(AppConfig):
    """The configuration of the app."""

    name = "killswitches"
    verbose_name = _("Kill switches")
    default_auto_field = "django.db.models.BigAutoField"
    #: The models that the helper group of ``sessions_api`` may view.
    models_for_helpers = ("KillSwitch", "SwitchFlip")

    def ready(self) -> None:
        from .approvals.endings import close_overtaken
        from .checks import (
            check_database,
            check_forms,
            check_ofrep,
            check_override,
            check_reminders,
            check_second_person,
            check_several_people,
        )
        from .signals import switch_flipped

        register(check_database, Tags.compatibility)
        register(check_forms, Tags.security)
        register(check_ofrep, Tags.security)
        register(check_override)
        register(check_reminders)
        register(check_second_person)
        register(check_several_people, Tags.database)
        switch_flipped.connect(close_overtaken, dispatch_uid="killswitches.close_overtaken")
