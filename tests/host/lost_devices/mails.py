"""What owners are told by mail."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class DeviceNotice(TextChoices):
    LOST = "device_lost", _("device reported as lost")


def write(kind: str, names: Mapping[str, object]) -> list[str]:
    """Return the subject, and the sentences."""
    return [
        gettext("A device of yours at %(site)s was reported as lost") % names,
        gettext("Your device “%(device)s” was reported as lost, and is logged out.") % names,
    ]
