"""Flips and drills of kill switches are audited."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.dispatch import receiver
from django.http import HttpRequest

from killswitches.conditions.conditions import Conditions
from killswitches.drills import Trial
from killswitches.models import SwitchDrill
from killswitches.registry import Switch
from killswitches.signals import switch_drilled, switch_flipped
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, event
from sessions_api.services.authority import require_authority


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
    flip.at = at
    flip.save()


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
