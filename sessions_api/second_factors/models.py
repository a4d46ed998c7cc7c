"""Models of second factors, backup codes and spent tokens."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django_otp.models import Device, TimestampMixin

NAME_LENGTH = 128


# django-otp has no types.
class SecondFactor(TimestampMixin, Device):  # type: ignore[misc]
    """A user's second factor: an authenticator app or a WebAuthn credential."""

    class Type(models.TextChoices):
        TOTP = "totp", "authenticator app"
        WEBAUTHN = "webauthn", "security key or passkey"

    objects: ClassVar[models.Manager["SecondFactor"]]

    name = models.CharField(max_length=NAME_LENGTH)
    type = models.CharField(max_length=16, choices=Type.choices)
    secret = models.TextField(
        editable=False,
        help_text="Encrypted: the key of an authenticator app, the public key of a credential.",
    )
    # NULL for authenticator apps, because the constraint allows only one empty text.
    credential_id = models.CharField(  # noqa: DJ001
        max_length=1364,
        null=True,
        editable=False,
        unique=True,
        help_text="Of a WebAuthn credential, in base64url.",
    )
    counter = models.BigIntegerField(
        default=-1,
        editable=False,
        help_text="The last step that a code was taken for, or the credential's signature count.",
    )

    class Meta:
        ordering = ["-pk"]

    def verify_token(self, token: str) -> bool:
        """Return False. Only the services verify codes, for they throttle and audit attempts."""
        return False


class BackupCode(models.Model):
    """A single-use code for when no factor is at hand. Only its keyed digest is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    digest = models.CharField(max_length=64, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "digest"], name="second_factors_unique_backup_code"
            )
        ]

    def __str__(self) -> str:
        return f"Backup code of {self.user}"


class SpentToken(models.Model):
    """A used challenge or enrolment token, kept until it expires so that it cannot be reused."""

    jti = models.UUIDField(primary_key=True, default=uuid.uuid4)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.jti)
