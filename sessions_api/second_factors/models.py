"""Models of second factors, backup codes and spent tokens."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, TimestampMixin

NAME_LENGTH = 128


# django-otp has no types.
class SecondFactor(TimestampMixin, Device):  # type: ignore[misc]
    """A user's second factor: an authenticator app or a WebAuthn credential."""

    class Type(models.TextChoices):
        TOTP = "totp", _("authenticator app")
        WEBAUTHN = "webauthn", _("security key or passkey")

    objects: ClassVar[models.Manager["SecondFactor"]]

    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    type = models.CharField(_("type"), max_length=16, choices=Type.choices)
    secret = models.TextField(
        editable=False,
        help_text=_(
            "Encrypted: the key of an authenticator app, or the public key of a credential."
        ),
    )
    # NULL for authenticator apps, because the constraint allows only one empty text.
    credential_id = models.CharField(  # noqa: DJ001
        max_length=1364,
        null=True,
        editable=False,
        unique=True,
        help_text=_("Of a WebAuthn credential, in base64url."),
    )
    counter = models.BigIntegerField(
        default=-1,
        editable=False,
        help_text=_("The last step that a code was used for, or the credential's signature count."),
    )

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        ordering = ["-pk"]

    def verify_token(self, token: str) -> bool:
        """Return False. Only the services verify codes, for they throttle and audit attempts."""
        return False


class BackupCode(models.Model):
    """A single-use code for when no factor is available. Only its keyed digest is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    digest = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("backup code")
        verbose_name_plural = _("backup codes")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "digest"], name="second_factors_unique_backup_code"
            )
        ]

    def __str__(self) -> str:
        return gettext("Backup code of %(user)s") % {"user": self.user}


class BackupCodeUse(models.Model):
    """When a user last used one of their present backup codes; no row if they have used none."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    used_at = models.DateTimeField(_("last used"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("use of backup codes")
        verbose_name_plural = _("uses of backup codes")
        default_permissions = ()

    def __str__(self) -> str:
        return gettext("Use of backup codes by %(user)s") % {"user": self.user}


class SpentToken(models.Model):
    """A used challenge or enrolment token, kept until it expires so that it cannot be reused."""

    jti = models.UUIDField(primary_key=True, default=uuid.uuid4)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("spent token")
        verbose_name_plural = _("spent tokens")

    def __str__(self) -> str:
        return str(self.jti)
