"""Ending the sessions that an incident is about: request, approval, progress, stop.

A sign-out runs in the background of the server processes, in the batches of a bulk sign-out, and
with the authority of who has requested it, which each batch checks again.
"""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from killswitches.services import one_line
from sessions_api.accounts.privileges import END_SESSIONS, is_unrestricted
from sessions_api.conf import api_settings
from sessions_api.exceptions import Banned, InsufficientPermissions, InvalidSession
from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.models import AffectedOwner, Incident, SignOut, SignOutState
from sessions_api.incidents.models.jobs import REASON_LENGTH
from sessions_api.incidents.services.incidents import join, key_of, locked, record_of
from sessions_api.incidents.services.previews import needs_approval, preview
from sessions_api.incidents.signals import job_due
from sessions_api.models import BulkSignOut
from sessions_api.services.audit import Actor
from sessions_api.services.authority import require_authority
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out, cancel_bulk_sign_out
from sessions_api.services.ended_sessions import EndedSessions
from sessions_api.signals import send_after_commit


def request_sign_out(
    incident: Incident, *, actor: Actor, reason: str, alone_because: str = "", once: bool = False
) -> SignOut:
    """End the active sessions that an open incident is about, or ask for approval first.

    Sessions that begin later are not ended.

    :param alone_because: why nobody else can be asked to approve, where that is necessary.
    :param once: whether to refuse this while an earlier sign-out of the same sessions has not
        finished, such as for a form that may be sent twice.
    :raises IncidentConflict: the incident is closed, is about other sessions by now, or there is
        an earlier sign-out.
    :raises ApiError: the actor may no longer end sessions.
    """
    # Before the lock, because it may take seconds.
    previewed = incident.criteria
    shown = preview(incident.search, actor=actor)
    with transaction.atomic():
        incident = locked(incident.pk, actor)
        if incident.criteria != previewed:
            # Whether it needs approval would depend on the former ones.
            raise IncidentConflict("changed")
        same = incident.sign_outs.filter(finished_at=None, criteria=incident.criteria)
        if once and same.exists():
            raise IncidentConflict("unfinished")
        join(incident, actor=actor)
        needed = needs_approval(shown, api_settings().INCIDENT_APPROVAL_ABOVE)
        sign_out = SignOut.objects.create(
            incident=incident,
            requested_by_id=key_of(actor),
            requested_by_name=actor.shown_name,
            criteria=incident.search.as_data(),
            reason=one_line(reason)[:REASON_LENGTH],
            preview=shown.as_data(),
            spares_superusers=not is_unrestricted(actor.user),
            needs_approval=needed and not alone_because,
            alone_because=one_line(alone_because)[:REASON_LENGTH] if needed else "",
        )
        _record(IncidentEvent.SIGN_OUT_REQUESTED, sign_out, actor, reason=sign_out.reason)
        if sign_out.alone_because:
            _record(IncidentEvent.SIGN_OUT_ALONE, sign_out, actor, reason=sign_out.alone_because)
        if not sign_out.needs_approval:
            _begin(sign_out, actor)
    return sign_out


def approve(sign_out: SignOut, *, actor: Actor) -> SignOut:
    """Approve a sign-out that somebody else has requested, which begins it.

    :raises IncidentConflict: it is the actor's own request, has been decided, has a filter of
        another version, or the incident is closed.
    :raises InsufficientPermissions: who has requested it may no longer end sessions.
    :raises ApiError: the actor may no longer end sessions.
    """
    with transaction.atomic():
        sign_out = _locked(sign_out, actor)
        if actor.user is None or sign_out.requested_by_id == actor.user.pk:
            raise IncidentConflict("own_request")
        try:
            requester = requester_of(sign_out)
            require_authority(requester)
        except (Banned, InvalidSession, InvalidIncident) as error:
            # It is not the actor who is banned, or whose account is deleted.
            raise InsufficientPermissions from error
        _decide(sign_out, actor)
        _record(IncidentEvent.SIGN_OUT_APPROVED, sign_out, actor)
        _begin(sign_out, requester)
    return sign_out


def decline(sign_out: SignOut, *, actor: Actor, reason: str = "") -> SignOut:
    """Decline a sign-out that waits for approval, or withdraw one's own.

    :raises IncidentConflict: it has been decided.
    """
    with transaction.atomic():
        sign_out = _locked(sign_out, actor, may_be_closed=True)
        reason = one_line(reason)[:REASON_LENGTH]
        _decide(sign_out, actor)
        sign_out.is_declined = True
        sign_out.finished_at = sign_out.decided_at
        sign_out.save(update_fields=["is_declined", "finished_at"])
        _record(IncidentEvent.SIGN_OUT_DECLINED, sign_out, actor, reason=reason)
    return sign_out


def stop(sign_out: SignOut, *, actor: Actor) -> SignOut:
    """Stop a sign-out; the remaining sessions stay active. One that waits is declined.

    :raises IncidentConflict: it has finished.
    """
    if sign_out.state is SignOutState.WAITING:
        return decline(sign_out, actor=actor)
    # Of one that has finished, it may have been pruned.
    bulk = None if sign_out.is_finished else sign_out.bulk_sign_out
    if bulk is None or not cancel_bulk_sign_out(bulk, actor=actor):
        raise IncidentConflict("finished")
    sign_out.refresh_from_db()
    return sign_out


def resume(sign_out: SignOut, *, actor: Actor) -> SignOut:
    """Go on with a sign-out that was interrupted, from now on with the actor's authority.

    :raises InvalidIncident: it has been deleted.
    :raises IncidentConflict: it has finished, or waits for approval.
    :raises InsufficientPermissions: it includes superusers, and the actor is none. They would be
        skipped.
    """
    with transaction.atomic():
        found = SignOut.objects.select_for_update().filter(pk=sign_out.pk).first()
        if found is None:
            raise InvalidIncident
        sign_out = found
        require_authority(actor)
        if sign_out.state is SignOutState.WAITING:
            raise IncidentConflict("waiting")
        if not may_resume(sign_out, actor):
            raise InsufficientPermissions
        if sign_out.state not in (SignOutState.INTERRUPTED, SignOutState.RUNNING):
            raise IncidentConflict("finished")
        if sign_out.state is SignOutState.INTERRUPTED:
            sign_out.requested_by_id = key_of(actor)
            sign_out.requested_by_name = actor.shown_name
            sign_out.due_at, sign_out.error = timezone.now(), ""
            sign_out.save(update_fields=["requested_by", "requested_by_name", "due_at", "error"])
        send_after_commit(job_due, SignOut)
    return sign_out


def may_resume(sign_out: SignOut, actor: Actor) -> bool:
    """Return whether the actor can end all sessions of a sign-out, superusers' ones too."""
    return sign_out.spares_superusers or is_unrestricted(actor.user)


def requester_of(sign_out: SignOut) -> Actor:
    """Return who has requested a sign-out, with the permission by which it runs.

    :raises InvalidIncident: their account has been deleted.
    :raises InsufficientPermissions: it includes superusers, whom they may no longer log out.
    """
    if sign_out.requested_by_id is None:
        return Actor(name=sign_out.requested_by_name)
    account = sign_out.requested_by
    if not hasattr(account, "is_active"):
        raise InvalidIncident
    requester = Actor(user=account, permissions=(END_SESSIONS,))
    # Else it would finish without them, as if they had been ended.
    if not may_resume(sign_out, requester):
        raise InsufficientPermissions
    return requester


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


def _remember_owners(incident: int, owners: Iterable[Any]) -> None:
    AffectedOwner.objects.bulk_create(
        (AffectedOwner(incident_id=incident, user_id=key) for key in owners),
        ignore_conflicts=True,
    )


def _begin(sign_out: SignOut, requester: Actor) -> None:
    try:
        search = sign_out.search
    except ValueError as error:
        raise IncidentConflict("unreadable_filter") from error
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


def _decide(sign_out: SignOut, actor: Actor) -> None:
    sign_out.decided_at = timezone.now()
    sign_out.decided_by_id = key_of(actor)
    sign_out.decided_by_name = actor.shown_name
    sign_out.save(update_fields=["decided_at", "decided_by", "decided_by_name"])


def _locked(sign_out: SignOut, actor: Actor, *, may_be_closed: bool = False) -> SignOut:
    """Lock a sign-out that waits for approval, and its incident."""
    incident = locked(sign_out.incident_id, actor, may_be_closed=may_be_closed)
    sign_out = SignOut.objects.select_for_update().get(pk=sign_out.pk)
    sign_out.incident = incident
    if sign_out.state is not SignOutState.WAITING:
        raise IncidentConflict("decided")
    return sign_out


def _record(kind: IncidentEvent, sign_out: SignOut, actor: Actor, *, reason: str = "") -> None:
    record_of(kind, sign_out.incident, actor, sign_out=sign_out.pk, reason=reason)
