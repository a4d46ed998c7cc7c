"""Those whose sessions an incident has ended."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_api.incidents.models.incidents import Incident
from sessions_api.incidents.models.jobs import OwnersMail
from sessions_api.models.accounts import DeletableAccount


class AffectedOwner(models.Model):
    """An owner of sessions that an incident has ended."""

    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="owners", db_index=False
    )
    # Without a constraint, which would slow down the batches of a sign-out.
    user = DeletableAccount(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        verbose_name=_("user"),
    )
    mail = models.ForeignKey(
        OwnersMail, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("mail")
    )

    class Meta:
        verbose_name = _("affected owner")
        verbose_name_plural = _("affected owners")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["incident", "user"], name="incidents_unique_owner")
        ]
        indexes = [
            # Those who have not been told.
            models.Index(
                fields=["incident", "id"], name="incidents_owner_untold", condition=Q(mail=None)
            )
        ]

    def __str__(self) -> str:
        return str(self.user_id)
