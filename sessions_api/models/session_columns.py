"""What is known of a session, as long as it lives and after it has ended."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionColumns(models.Model):
    """The columns that active and ended sessions have in common. None of them is a secret."""

    sid = models.BigIntegerField(
        _("session ID"), help_text=_("The token's iat: when it was created, in UNIX seconds.")
    )
    name = models.CharField(_("name"), max_length=128)
    dialect = models.CharField(
        _("dialect"),
        max_length=16,
        blank=True,
        help_text=_("The dialect of the API through which the session was created."),
    )
    permission_flags = models.PositiveIntegerField(
        _("permission flags"),
        null=True,
        blank=True,
        help_text=_("The scopes of a scoped session. Empty for a full one."),
    )
    address = models.GenericIPAddressField(_("IP address"), null=True, blank=True, unpack_ipv4=True)
    location = models.CharField(_("location"), max_length=255, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=512, blank=True)
    browser = models.CharField(_("browser"), max_length=128, blank=True)
    browser_version = models.CharField(_("browser version"), max_length=64, blank=True)
    platform = models.CharField(_("platform"), max_length=128, blank=True)
    os = models.CharField(_("operating system"), max_length=128, blank=True)
    os_version = models.CharField(_("operating system version"), max_length=64, blank=True)
    is_dev = models.BooleanField(_("developer tool"), default=False)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def is_scoped(self) -> bool:
        return self.permission_flags is not None
