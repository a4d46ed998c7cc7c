from django.apps import AppConfig, apps

# Imports the module: Django would take an imported class for a configuration of this app.
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class SecondFactorsConfig(AppConfig):
    name = "sessions_api.second_factors"
    label = "second_factors"
    verbose_name = _("Second factors")
    default_auto_field = "django.db.models.BigAutoField"
    models_for_helpers = ("SecondFactor",)

    def ready(self) -> None:
        from sessions_api.http.dialects import extensions
        from sessions_api.second_factors import checks  # noqa: F401
        from sessions_api.second_factors.provider import EnrolledSecondFactors
        from sessions_api.second_factors.pruning import spent_tokens
        from sessions_api.services import pruning, second_factors

        if not apps.is_installed("django_otp"):
            return  # a check says so
        second_factors.register(EnrolledSecondFactors())
        pruning.register(spent_tokens)
        extensions.register(
            extensions.Extension(
                dialect="v5",
                urlpatterns=f"{self.name}.http.v5.urlpatterns",
                structures=f"{self.name}.http.structures.STRUCTURES",
                resources=f"{self.name}.http.operations.RESOURCES",
            )
        )
        if apps.is_installed("sessions_api.account"):
            self._add_pages()

    def _add_pages(self) -> None:
        from sessions_api.account import extensions

        page = extensions.Link("account:second_factors", _("Second factors"))
        urlpatterns = f"{self.name}.account.urls.urlpatterns"
        extensions.register(extensions.Extension(urlpatterns=urlpatterns, links=(page,)))


class SecondFactorAdminConfig(admin.AdminConfig):
    """Configuration of Django's admin with a site whose login asks for second factors.

    Put it in ``INSTALLED_APPS`` in place of ``django.contrib.admin``.
    """

    default = False
    default_site = "sessions_api.second_factors.staff_login.site.SecondFactorAdminSite"
