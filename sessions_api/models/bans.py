"""Bans: since when an account is banned, by whom and why."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.models.accounts import deletable_account


class Ban(models.Model):
    """What is known of the ban of an account.

    Only the account's ``is_active`` says whether it is banned. If an ``update()`` or SQL changed it
    unnoticed, an account that is banned has no row, or one that is not banned still has one.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        # Not "ban", which a host's user model may have.
        related_name="+",
        editable=False,
        verbose_name=_("user"),
    )
    banned_at = models.DateTimeField(_("banned since"), default=timezone.now, editable=False)
    reason = models.TextField(_("reason"), blank=True, editable=False)
    # The row may outlive the account of the actor, so it stores the name as well.
    actor = deletable_account(_("by"))
    actor_name = models.CharField(_("by"), max_length=255, blank=True, editable=False)

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        # The permission to change accounts is the one to ban them.
        default_permissions = ()

    def __str__(self) -> str:
        return gettext("Ban of %(user)s") % {"user": self.user}
