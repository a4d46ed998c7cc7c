from django.apps import AppConfig

# As a module: Django would take a class imported from it for the configuration of this app.
from django.contrib.admin import apps as admin


class SecondFactorsConfig(AppConfig):
    name = "sessions_api.second_factors"
    label = "second_factors"
    verbose_name = "Second factors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sessions_api.second_factors import checks  # noqa: F401


class SecondFactorAdminConfig(admin.AdminConfig):
    """Replaces ``django.contrib.admin`` in ``INSTALLED_APPS``: its site asks for second factors."""

    default = False
    default_site = "sessions_api.second_factors.staff_login.site.SecondFactorAdminSite"
