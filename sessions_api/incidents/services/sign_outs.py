"""Ending the sessions that an incident is about: request, approval, progress, stop.

A sign-out runs in the background of the server processes, in the batches of a bulk sign-out, and
with the authority of who has requested it, or has resumed it since, which each batch checks again.
"""

from django.db import transaction
from django.utils import timezone

from killswitches.services import one_line
from sessions_api.accounts.privileges import is_unrestricted
from sessions_api.conf import api_settings
from sessions_api.exceptions import ApiError, InsufficientPermissions
from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.exceptions import (
    IncidentConflict,
    InvalidIncident,
    RequesterMayNoLonger,
)
from sessions_api.incidents.models import Incident, SignOut, SignOutState
from sessions_api.incidents.models.jobs import REASON_LENGTH
from sessions_api.incidents.services.ceilings import require_few_unfinished
from sessions_api.incidents.services.incidents import join_locked, key_of, locked, record_of
from sessions_api.incidents.services.previews import needs_approval, preview
from sessions_api.incidents.services.runs import (
    begin,
    may_resume,
    runner_of,
)
from sessions_api.incidents.services.searches import require_readable
from sessions_api.incidents.signals import job_due
from sessions_api.services.audit import Actor
from sessions_api.services.authority import AUTHORITY_ERRORS, require_authority
from sessions_api.services.bulk_sign_outs import cancel_bulk_sign_out
from sessions_api.signals import send_after_commit


def request_sign_out(
    incident: Incident, *, actor: Actor, reason: str, alone_because: str = "", once: bool = False
) -> SignOut:
    """End the active sessions that an open incident is about, or ask for approval first.

    Sessions that begin later are not ended.

    :param alone_because: why nobody else can be asked to approve, where that is necessary.
    :param once: whether to refuse this while an earlier sign-out of the same sessions has not
        finished, such as for a form that may be sent twice.
    :raises IncidentConflict: the incident is closed, is about other sessions by now, there is an
        earlier sign-out, or there are too many that have not finished.
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
        require_few_unfinished(incident.sign_outs.all())
        join_locked(incident, actor=actor)
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
            begin(sign_out, actor)
    return sign_out


def approve(sign_out: SignOut, *, actor: Actor) -> SignOut:
    """Approve a sign-out that somebody else has requested, which begins it.

    :raises IncidentConflict: it is the actor's own request, has been decided, has a filter of
        another version, or the incident is closed.
    :raises RequesterMayNoLonger: who has requested it may no longer end sessions.
    :raises ApiError: the actor may no longer end sessions.
    """
    with transaction.atomic():
        sign_out = _locked_waiting(sign_out, actor)
        require_another(sign_out, actor)
        try:
            requester = runner_of(sign_out)
            require_authority(requester)
        except (*AUTHORITY_ERRORS, InvalidIncident) as error:
            # It is not the actor who is banned, or whose account is deleted.
            raise RequesterMayNoLonger from error
        join_locked(sign_out.incident, actor=actor)
        _decide(sign_out, actor)
        _record(IncidentEvent.SIGN_OUT_APPROVED, sign_out, actor)
        begin(sign_out, requester)
    return sign_out


def require_another(sign_out: SignOut, actor: Actor) -> None:
    """Check that the actor is not the one who has requested a sign-out.

    :raises IncidentConflict: they are, or it is not known who they are.
    """
    if actor.user is None or sign_out.requested_by_id == actor.user.pk:
        raise IncidentConflict("own_request")


def decline(sign_out: SignOut, *, actor: Actor, reason: str = "") -> SignOut:
    """Decline a sign-out that waits for approval, or withdraw one's own.

    :raises IncidentConflict: it has been decided.
    """
    with transaction.atomic():
        sign_out = _locked_waiting(sign_out, actor, may_be_closed=True)
        reason = one_line(reason)[:REASON_LENGTH]
        join_locked(sign_out.incident, actor=actor)
        _decide(sign_out, actor)
        sign_out.is_declined = True
        sign_out.declined_because = reason
        sign_out.finished_at = sign_out.decided_at
        sign_out.save(update_fields=["is_declined", "declined_because", "finished_at"])
        kind = (
            IncidentEvent.SIGN_OUT_WITHDRAWN
            if sign_out.is_withdrawn
            else IncidentEvent.SIGN_OUT_DECLINED
        )
        _record(kind, sign_out, actor, reason=reason)
    return sign_out


def stop(sign_out: SignOut, *, actor: Actor) -> SignOut:
    """Stop a sign-out; the remaining sessions stay active. One that waits is declined.

    :raises IncidentConflict: it has finished, or was declined.
    """
    if sign_out.state is SignOutState.WAITING:
        return decline(sign_out, actor=actor)
    with transaction.atomic():
        incident = locked(sign_out.incident_id, actor, may_be_closed=True)
        # Of one that has finished, it may have been pruned.
        bulk = None if sign_out.is_finished else sign_out.bulk_sign_out
        join_locked(incident, actor=actor)
        if bulk is None or not cancel_bulk_sign_out(bulk, actor=actor):
            raise _is_over(sign_out)
        sign_out.refresh_from_db()
    return sign_out


def resume(sign_out: SignOut, *, actor: Actor) -> SignOut:
    """Go on with a sign-out, from now on with the actor's authority.

    One that still runs changes only if it would be interrupted.

    Who has requested it stays who has requested it.

    :raises InvalidIncident: it has been deleted.
    :raises IncidentConflict: it has finished, was declined, waits for approval, or has a filter
        of another version.
    :raises InsufficientPermissions: it includes superusers, and the actor is none. They would be
        skipped.
    """
    with transaction.atomic():
        sign_out = _locked(sign_out, actor, may_be_closed=True)
        if sign_out.state is SignOutState.WAITING:
            raise IncidentConflict("waiting")
        if not may_resume(sign_out, actor):
            raise InsufficientPermissions
        if sign_out.state not in (SignOutState.INTERRUPTED, SignOutState.RUNNING):
            raise _is_over(sign_out)
        require_readable(sign_out)
        if sign_out.state is SignOutState.INTERRUPTED or not _can_go_on(sign_out):
            join_locked(sign_out.incident, actor=actor)
            _run_for(sign_out, actor)
            _record(IncidentEvent.SIGN_OUT_RESUMED, sign_out, actor)
        send_after_commit(job_due, SignOut)
    return sign_out


def _is_over(sign_out: SignOut) -> IncidentConflict:
    return IncidentConflict("decided" if sign_out.is_declined else "finished")


def _can_go_on(sign_out: SignOut) -> bool:
    """Return whether those with whose authority a sign-out runs may still do this."""
    try:
        require_authority(runner_of(sign_out))
    except ApiError:
        return False
    return True


def _run_for(sign_out: SignOut, actor: Actor) -> None:
    """Have a sign-out go on with the authority of somebody else."""
    sign_out.resumed_at = timezone.now()
    sign_out.resumed_by_id = key_of(actor)
    sign_out.resumed_by_name = actor.shown_name
    sign_out.due_at, sign_out.error = sign_out.resumed_at, ""
    fields = ["resumed_at", "resumed_by", "resumed_by_name", "due_at", "error"]
    sign_out.save(update_fields=fields)


def _decide(sign_out: SignOut, actor: Actor) -> None:
    sign_out.decided_at = timezone.now()
    sign_out.decided_by_id = key_of(actor)
    sign_out.decided_by_name = actor.shown_name
    sign_out.save(update_fields=["decided_at", "decided_by", "decided_by_name"])


def _locked(sign_out: SignOut, actor: Actor, *, may_be_closed: bool = False) -> SignOut:
    """Lock an incident and its sign-out, in this order.

    :raises InvalidIncident: it has been deleted.
    """
    incident = locked(sign_out.incident_id, actor, may_be_closed=may_be_closed)
    found = SignOut.objects.select_for_update().filter(pk=sign_out.pk).first()
    if found is None:
        raise InvalidIncident
    found.incident = incident
    return found


def _locked_waiting(sign_out: SignOut, actor: Actor, *, may_be_closed: bool = False) -> SignOut:
    """Lock a sign-out that waits for approval, and its incident."""
    sign_out = _locked(sign_out, actor, may_be_closed=may_be_closed)
    if sign_out.state is not SignOutState.WAITING:
        raise IncidentConflict("decided")
    return sign_out


def _record(kind: IncidentEvent, sign_out: SignOut, actor: Actor, *, reason: str = "") -> None:
    record_of(kind, sign_out.incident, actor, sign_out=sign_out.pk, reason=reason)
