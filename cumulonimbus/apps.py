from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import pre_save
from django.utils.translation import gettext_lazy as _

from cumulonimbus.checks import check_env_file
from cumulonimbus.user_ids import number_loaded_user


class CumulonimbusConfig(AppConfig):
    name = "cumulonimbus"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Register the check, the rate of evaluations, and the receiver that gives ids to users
        loaded by ``loaddata``."""
        # Not above: they need models.
        from cumulonimbus.openfeature import EVALUATIONS
        from sessions_api.ratelimits import rates

        checks.register(check_env_file)
        rates.register(EVALUATIONS)
        pre_save.connect(number_loaded_user, self.get_model("User"), dispatch_uid="user_ids")
