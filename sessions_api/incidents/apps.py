from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "sessions_api.incidents"
    # Not "incidents", as an app of the host may be called.
    label = "sessions_api_incidents"
    verbose_name = _("Incidents")
    default_auto_field = "django.db.models.BigAutoField"
    models_for_helpers = ("Incident",)

    def ready(self) -> None:
        from sessions_api.http.dialects import extensions
        from sessions_api.incidents import checks, receivers  # noqa: F401
        from sessions_api.incidents.events import IncidentEvent, IncidentNotice
        from sessions_api.incidents.pruning import old_incidents
        from sessions_api.incidents.services.jobs import oldest_mail, oldest_sign_out
        from sessions_api.incidents.services.mails import write
        from sessions_api.incidents.services.runs import follow, home
        from sessions_api.services import audit, bulk_sign_outs, notices, pruning, undone_work

        audit.register_kinds(IncidentEvent)
        notices.register_kinds(IncidentNotice, write, is_linked=False)
        bulk_sign_outs.register_follower(follow, home)
        pruning.register(old_incidents)
        undone_work.register("incident_sign_outs", oldest_sign_out)
        undone_work.register("incident_mails", oldest_mail)
        extensions.register(
            extensions.Extension(
                dialect="v5",
                urlpatterns=f"{self.name}.http.v5.urlpatterns",
                structures=f"{self.name}.http.structures.STRUCTURES",
                resources=f"{self.name}.http.operations.RESOURCES",
            )
        )
