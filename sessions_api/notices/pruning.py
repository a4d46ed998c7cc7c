"""Pruning of old notices, and of origins that are not used any more."""

from datetime import timedelta

from django.utils import timezone

from sessions_api.notices.models import KnownOrigin, Notice
from sessions_api.notices.services.origins import KEPT
from sessions_api.services.pruning import ObsoleteRows

#: How long notices are kept. None waits for so long.
NOTICES_KEPT = timedelta(days=30)


def old_notices() -> ObsoleteRows:
    """Return the notices that were sent or given up long ago."""
    old = Notice.objects.filter(created_at__lt=timezone.now() - NOTICES_KEPT, due_at=None)
    return ObsoleteRows("Old notices", old, "created_at")


def unseen_origins() -> ObsoleteRows:
    """Return the devices and places from which nobody has logged in for long."""
    unseen = KnownOrigin.objects.filter(seen_at__lt=timezone.now() - KEPT)
    return ObsoleteRows("Devices and places not used for long", unseen, "seen_at")
