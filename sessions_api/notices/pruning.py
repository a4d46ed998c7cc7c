"""Pruning of old notices, and of origins that are no longer used."""

from datetime import timedelta

from django.utils import timezone

from sessions_api.notices.models import KnownOrigin, Notice
from sessions_api.notices.services.origins import ORIGIN_RETENTION
from sessions_api.services.pruning import ObsoleteRows

#: How long notices are kept: longer than any of them can wait to be sent.
NOTICE_RETENTION = timedelta(days=30)


def old_notices() -> ObsoleteRows:
    """Return the notices that were sent or given up long ago."""
    old = Notice.objects.filter(created_at__lt=timezone.now() - NOTICE_RETENTION, due_at=None)
    return ObsoleteRows("Old notices", old, "created_at")


def unseen_origins() -> ObsoleteRows:
    """Return the devices and places that no login has used for a long time."""
    unseen = KnownOrigin.objects.filter(seen_at__lt=timezone.now() - ORIGIN_RETENTION)
    return ObsoleteRows("Devices and places not used for long", unseen, "seen_at")
