from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class SessionsApiConfig(AppConfig):
    name = "sessions_api"
    verbose_name = _("Sessions")
    default_auto_field = "django.db.models.BigAutoField"
    #: Models that ``create_helper_group`` lets helpers view. Other apps may set this, too.
    models_for_helpers = ("UserSession", "BulkSignOut", "AuditEvent")

    def ready(self) -> None:
        from killswitches import aftermath, drills, impact, previews
        from sessions_api.callers import networks  # noqa: F401
        from sessions_api.checks import (  # noqa: F401
            accounts,
            adapter,
            admin,
            caches,
            console,
            cookies,
            databases,
            keys,
            limits,
            lockout,
            mail,
            metrics,
            middleware,
            passwords,
            poolers,
            redis,
            routes,
            tracing,
        )
        from sessions_api.checks import settings as settings_checks  # noqa: F401
        from sessions_api.http.switch_aftermath import SwitchAftermath
        from sessions_api.http.switch_drills.driller import SwitchDriller
        from sessions_api.http.switch_impact import SwitchImpact
        from sessions_api.http.switch_previews import SwitchPreview
        from sessions_api.receivers import logins, powers, switches  # noqa: F401
        from sessions_api.receivers import passwords as password_receivers  # noqa: F401

        impact.register(SwitchImpact())
        previews.register(SwitchPreview())
        drills.register(SwitchDriller())
        aftermath.register(SwitchAftermath())
        logins.replace_djangos_receiver(list(apps.app_configs))
