from django.apps import AppConfig


class SessionsApiConfig(AppConfig):
    name = "sessions_api"
    verbose_name = "Sessions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from killswitches import impact
        from sessions_api import (  # noqa: F401
            account_checks,
            admin_checks,
            checks,
            lockout_checks,
            networks,
            receivers,
        )
        from sessions_api.passwords import checks as password_checks  # noqa: F401
        from sessions_api.switch_impact import SwitchImpact

        impact.register(SwitchImpact())
