"""What this app does when the kill switches say something."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from killswitches.registry import Switch
from killswitches.signals import switch_flipped
from sessions_api.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, event


@receiver(switch_flipped)
def audit_flip(
    *,
    switch: Switch,
    enabled: bool,
    until: datetime | None,
    at: datetime,
    actor: Any,
    actor_name: str,
    reason: str,
    source: Any,
    **_: Any,
) -> None:
    """Keep the flip of a kill switch, in the transaction of the flip, with the time of the flip."""
    end: dict[str, Any] = {"until": until.isoformat()} if until else {}
    flip = event(
        AuditEvent.Kind.SWITCH_ON if enabled else AuditEvent.Kind.SWITCH_OFF,
        Actor(user=actor, name=actor_name, client=_client(source)),
        reason=reason,
        switch=switch.name,
        **end,
    )
    flip.at = at
    flip.save()


def _client(source: Any) -> Client | None:
    """The caller behind a flip: the API hands over a Client, the admin its request."""
    match source:
        case Client():
            return source
        case HttpRequest():
            return Client.of(source)
    return None
