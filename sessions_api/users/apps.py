from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "sessions_api.users"
    # Not "users", as an app of the host may be called.
    label = "sessions_api_users"
    verbose_name = _("Users of the API")

    def ready(self) -> None:
        from sessions_api.http.dialects import extensions
        from sessions_api.users import checks  # noqa: F401

        extensions.register(
            extensions.Extension(
                dialect="v5",
                urlpatterns=f"{self.name}.http.v5.urlpatterns",
                structures=f"{self.name}.http.structures.STRUCTURES",
                resources=f"{self.name}.http.operations.RESOURCES",
            )
        )
