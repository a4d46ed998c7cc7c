"""Pruning of old incidents."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.services.pruning import ObsoleteRows


def old_incidents() -> ObsoleteRows | None:
    """Return the incidents closed longer ago than ``AUDIT_RETENTION``; None if it is not set.

    Those in which something has begun and not finished are kept, because what goes on would be
    lost from sight. What only waits for approval in a closed incident has not begun.
    """
    retention = api_settings().AUDIT_RETENTION
    if retention is None:
        return None
    of_incident = {"incident": OuterRef("pk"), "finished_at": None}
    old = Incident.objects.filter(
        ~Exists(SignOut.objects.filter(**of_incident, bulk_sign_out__isnull=False)),
        ~Exists(OwnersMail.objects.filter(**of_incident)),
        closed_at__lt=timezone.now() - retention,
    )
    return ObsoleteRows("Old incidents", old, "closed_at")
