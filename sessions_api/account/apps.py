from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountConfig(AppConfig):
    name = "sessions_api.account"
    # Not "account", which is django-allauth's.
    label = "account_pages"
    verbose_name = _("Account pages")

    def ready(self) -> None:
        from sessions_api.account import checks  # noqa: F401
        from sessions_api.account.drills import pages
        from sessions_api.http.switch_drills import driller

        driller.add(pages)
