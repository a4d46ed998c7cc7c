"""Pruning of old incidents."""

from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.incidents.models import Incident
from sessions_api.services.pruning import ObsoleteRows


def old_incidents() -> ObsoleteRows | None:
    """Return the incidents closed longer ago than ``AUDIT_RETENTION``; None if it is not set."""
    retention = api_settings().AUDIT_RETENTION
    if retention is None:
        return None
    old = Incident.objects.filter(closed_at__lt=timezone.now() - retention)
    return ObsoleteRows("Old incidents", old, "closed_at")
