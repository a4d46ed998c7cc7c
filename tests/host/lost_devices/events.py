"""What the audit log records."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeviceEvent(TextChoices):
    LOST = "device_lost", _("Device reported as lost")
