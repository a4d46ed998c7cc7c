from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "sessions_api.notices"
    label = "notices"
    verbose_name = _("Notices")
    default_auto_field = "django.db.models.BigAutoField"
    models_for_helpers = ("Notice",)

    def ready(self) -> None:
        from sessions_api.notices import checks, receivers  # noqa: F401
        from sessions_api.notices.provider import MailedNotices
        from sessions_api.notices.pruning import old_notices, unseen_origins
        from sessions_api.notices.services.outbox import oldest_waiting_notice
        from sessions_api.services import notices, pruning, undone_work

        notices.register(MailedNotices())
        pruning.register(old_notices)
        pruning.register(unseen_origins)
        undone_work.register("notices", oldest_waiting_notice)
