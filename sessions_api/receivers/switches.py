"""Flips, drills and requests of kill switches are audited."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.dispatch import receiver
from django.http import HttpRequest

from killswitches.conditions.conditions import Conditions
from killswitches.drills import Trial
from killswitches.models import FlipRequest, SwitchDrill
from killswitches.registry import Switch
from killswitches.signals import flip_request_changed, switch_drilled, switch_flipped
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, event, record
from sessions_api.services.authority import require_authority

#: The kind of event by the outcome. Of a request that was overtaken, the flip is the event.
_KINDS = {
    FlipRequest.Outcome.WAITING: AuditEvent.Kind.SWITCH_REQUESTED,
    FlipRequest.Outcome.CONFIRMED: AuditEvent.Kind.SWITCH_REQUEST_CONFIRMED,
    FlipRequest.Outcome.DECLINED: AuditEvent.Kind.SWITCH_REQUEST_DECLINED,
    FlipRequest.Outcome.WITHDRAWN: AuditEvent.Kind.SWITCH_REQUEST_WITHDRAWN,
    FlipRequest.Outcome.EXPIRED: AuditEvent.Kind.SWITCH_REQUEST_EXPIRED,
}


@receiver(switch_flipped)
def audit_flip(
    *,
    switch: Switch,
    enabled: bool,
    until: datetime | None,
    conditions: Conditions,
    at: datetime,
    actor: AbstractBaseUser | None,
    actor_name: str,
    reason: str,
    requested_by_name: str,
    alone_because: str,
    source: object,
    **_: object,
) -> None:
    """Audit a flip of a kill switch, in its transaction and with its time.

    :raises ApiError: the caller who flips it over REST is no longer authorized.
    """
    who = Actor(user=actor, name=actor_name, client=_client(source))
    if isinstance(source, Actor):
        require_authority(source)
    flip = event(
        AuditEvent.Kind.SWITCH_ON if enabled else AuditEvent.Kind.SWITCH_OFF,
        who,
        reason=reason,
        switch=switch.name,
    )
    if until:
        flip.detail["until"] = until.isoformat()
    if enabled and conditions:
        flip.detail["only_for"] = conditions.as_texts()
    if requested_by_name:
        flip.detail["requested_by"] = requested_by_name
    flip.at = at
    flip.save()
    if alone_because:
        record(AuditEvent.Kind.SWITCH_ON_ALONE, who, reason=alone_because, switch=switch.name)


@receiver(flip_request_changed)
def audit_request(
    *,
    request: FlipRequest,
    at: datetime,
    actor: AbstractBaseUser | None,
    actor_name: str,
    reason: str,
    source: object,
    **_: object,
) -> None:
    """Audit a request for a second person, or what became of it, in the same transaction.

    :raises ApiError: the caller over REST is no longer authorized.
    """
    if isinstance(source, Actor):
        require_authority(source)
    outcome = FlipRequest.Outcome(request.outcome)
    if outcome not in _KINDS:
        return
    who = Actor(user=actor, name=actor_name, client=_client(source))
    change = event(_KINDS[outcome], who, reason=reason, switch=request.switch.name)
    if outcome == FlipRequest.Outcome.WAITING:
        change.detail |= _wish_of(request)
    else:
        change.detail["requested_by"] = request.requested_by_name
    change.at = at
    change.save()


def _wish_of(request: FlipRequest) -> dict[str, object]:
    """Return the end and the conditions that are requested, as far as there are any."""
    wish = {
        "until": request.until and request.until.isoformat(),
        "minutes": request.minutes,
        "only_for": request.conditions.as_texts(),
    }
    return {name: value for name, value in wish.items() if value}


@receiver(switch_drilled)
def audit_drill(
    *,
    switch: Switch,
    drill: SwitchDrill,
    trials: Sequence[Trial],
    actor: AbstractBaseUser | None,
    source: object,
    **_: object,
) -> None:
    """Audit a drill of a kill switch, with its faults, in the transaction that records it."""
    drilled = event(
        AuditEvent.Kind.SWITCH_DRILLED,
        Actor(user=actor, name=drill.actor_name, client=_client(source)),
        switch=switch.name,
        endpoints=drill.endpoints,
        faults=[f"{one.method} {one.path}" for one in trials if one.is_fault],
    )
    drilled.at = drill.at
    drilled.save()


def _client(source: object) -> Client | None:
    """Return the client behind a flip: the API passes an actor, the admin its request."""
    match source:
        case Actor():
            return source.client
        case HttpRequest():
            return Client.of(source)
    return None
