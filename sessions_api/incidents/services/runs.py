"""Running sign-outs of incidents, as bulk sign-outs: by whose authority, and what is kept of it."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.utils import timezone

from sessions_api.accounts.privileges import END_SESSIONS, is_unrestricted
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.incidents.models import AffectedOwner, Incident, SignOut
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services.authority import authority_of
from sessions_api.incidents.services.searches import require_readable
from sessions_api.incidents.signals import job_due
from sessions_api.models import BulkSignOut
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from sessions_api.services.ended_sessions import EndedSessions
from sessions_api.signals import send_after_commit


def begin(sign_out: SignOut, requester: Actor) -> None:
    """Begin the bulk sign-out of a sign-out, in the transaction that decides so.

    :raises IncidentConflict: another version has stored a filter that this one cannot read.
    """
    search = require_readable(sign_out)
    sign_out.bulk_sign_out = begin_bulk_sign_out(
        uuid4(),
        actor=requester,
        reason=sign_out.reason,
        what=str(search),
        criteria=sign_out.criteria,
        spares_superusers=sign_out.spares_superusers,
        expected=sign_out.preview["sessions"],
        owners=search.owners,
    )
    sign_out.due_at = timezone.now()
    sign_out.save(update_fields=["bulk_sign_out", "due_at"])
    send_after_commit(job_due, SignOut)


def may_resume(sign_out: SignOut, actor: Actor) -> bool:
    """Return whether the actor can end all sessions of a sign-out, superusers' ones too."""
    return sign_out.spares_superusers or is_unrestricted(actor.user)


def runner_of(sign_out: SignOut) -> Actor:
    """Return with whose authority a sign-out runs, with the permissions by which it does.

    :raises InvalidIncident: their account has been deleted.
    :raises InsufficientPermissions: it includes superusers, whom they may no longer log out.
    """
    runner = authority_of(sign_out, CHANGE_INCIDENTS, END_SESSIONS)
    # Else it would finish without them, as if they had been ended.
    if runner.user is not None and not may_resume(sign_out, runner):
        raise InsufficientPermissions
    return runner


def follow(bulk: BulkSignOut, ended: EndedSessions) -> None:
    """Keep, with each batch of a sign-out, its numbers and the owners, who may be told later."""
    sign_out = SignOut.objects.filter(bulk_sign_out=bulk.pk).only("incident_id").first()
    if sign_out is None:
        return
    changes: dict[str, object] = {"ended": bulk.ended}
    if not bulk.is_open:
        changes |= {
            "finished_at": bulk.finished_at,
            "was_stopped": bulk.cancelled,
            "due_at": None,
            "error": "",
        }
    SignOut.objects.filter(pk=sign_out.pk).update(**changes)
    _remember_owners(sign_out.incident_id, ended.sids_by_owner)


def home(bulk: BulkSignOut) -> Incident | None:
    """Return the incident in whose room a bulk sign-out is resumed and stopped."""
    return Incident.objects.filter(sign_outs__bulk_sign_out=bulk.pk).first()


def _remember_owners(incident: int, owners: Iterable[Any]) -> None:
    AffectedOwner.objects.bulk_create(
        (AffectedOwner(incident_id=incident, user_id=key) for key in owners),
        ignore_conflicts=True,
    )
