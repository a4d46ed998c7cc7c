"""What this app does when kill switches are flipped, and when accounts are saved."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from killswitches.registry import Switch
from killswitches.signals import switch_flipped
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.passwords import upgrades
from sessions_api.passwords.marks import password_mark
from sessions_api.services.audit import Actor, event
from sessions_api.services.passwords import carry_over, note_new_password

#: The attribute of an account that is being saved with a new password.
NEW_PASSWORD = "_sessions_api_new_password"  # noqa: S105
#: The attribute of one whose upgrade came too late: the hash that it goes on having.
CHECKED_PASSWORD = "_sessions_api_checked_password"  # noqa: S105


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


@receiver(pre_save)
def look_at_password(
    *, instance: Any, raw: bool, using: str, update_fields: frozenset[str] | None, **_: Any
) -> None:
    """See whether an account is about to get a new password, or a stronger hash of the same.

    The latter is written here, together with the marks of the sessions: at no time do others see
    one without the other. Django then writes once more what is there already.
    """
    # Without a sender, for that of a proxy model is the proxy.
    if not isinstance(instance, get_user_model()) or raw or instance._state.adding:
        return
    if update_fields is not None and "password" not in update_fields:
        return
    if "password" in instance.get_deferred_fields():
        return
    new = instance.password
    accounts = get_user_model()._base_manager.using(using).filter(pk=instance.pk)
    held = accounts.values_list("password", flat=True).first()
    if held is None or password_mark(held) == password_mark(new):
        return
    upgrade = upgrades.take(new)
    if upgrade is None:
        setattr(instance, NEW_PASSWORD, True)
    elif not (upgrade.is_welcome and carry_over(instance.pk, upgrade.old, new, using=using)):
        # Or somebody else was faster, with an upgrade or with another password: what there is
        # stays.
        setattr(instance, CHECKED_PASSWORD, upgrade.old)
        instance.password = accounts.values_list("password", flat=True).get()


@receiver(post_save)
def act_on_password(*, instance: Any, **_: Any) -> None:
    """End the sessions that are older than the new password of an account."""
    if not isinstance(instance, get_user_model()):
        return
    attributes = vars(instance)
    if checked := attributes.pop(CHECKED_PASSWORD, None):
        # What was checked is not vouched for by whatever the account has now.
        instance.password = checked
    if attributes.pop(NEW_PASSWORD, False):
        note_new_password(instance)


def _client(source: Any) -> Client | None:
    """The caller behind a flip: the API hands over a Client, the admin its request."""
    match source:
        case Client():
            return source
        case HttpRequest():
            return Client.of(source)
    return None
