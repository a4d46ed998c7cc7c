"""What this app does when kill switches are flipped, and when accounts are saved."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.db.models.signals import post_init, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from killswitches.registry import Switch
from killswitches.signals import switch_flipped
from sessions_api.accounts.lookup import all_accounts
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.passwords import upgrades
from sessions_api.passwords.marks import password_mark
from sessions_api.passwords.unwritten import Unwritten
from sessions_api.services.audit import Actor, event
from sessions_api.services.passwords import carry_over, note_new_password
from sessions_api.services.standing import NO_STANDING, look_again

#: The attribute of an account that is being saved with a new password.
NEW_PASSWORD = "_sessions_api_new_password"  # noqa: S105
#: The attribute of one whose hash is in the database already: what it has once it has been saved.
SETTLED_PASSWORD = "_sessions_api_settled_password"  # noqa: S105
#: The attribute of every account: the hash with which it was last read or saved.
KNOWN_PASSWORD = "_sessions_api_known_password"  # noqa: S105


@receiver(switch_flipped)
def audit_flip(
    *,
    switch: Switch,
    enabled: bool,
    until: datetime | None,
    at: datetime,
    actor: AbstractBaseUser | None,
    actor_name: str,
    reason: str,
    source: object,
    **_: object,
) -> None:
    """Keep the flip of a kill switch, in the transaction of the flip, with the time of the flip.

    :raises PermissionDenied: whoever flips it in the admin has been banned or secured meanwhile.
    """
    who = Actor(user=actor, name=actor_name, client=_client(source))
    if isinstance(source, HttpRequest) and actor is not None:
        _look_again(who)
    end: dict[str, Any] = {"until": until.isoformat()} if until else {}
    flip = event(
        AuditEvent.Kind.SWITCH_ON if enabled else AuditEvent.Kind.SWITCH_OFF,
        who,
        reason=reason,
        switch=switch.name,
        **end,
    )
    flip.at = at
    flip.save()


@receiver(post_init, sender=get_user_model())
def remember_password(*, instance: Model, **_: object) -> None:
    """Keep the hash with which an account was read, if it was."""
    attributes = vars(instance)
    if "password" in attributes:
        attributes[KNOWN_PASSWORD] = attributes["password"]


@receiver(pre_save)
def look_at_password(
    *, instance: Model, raw: bool, using: str, update_fields: frozenset[str] | None, **_: object
) -> None:
    """See whether an account is about to get a new password, or a stronger hash of the same.

    The latter is written here, together with the marks of the sessions: at no time do others see
    one without the other.
    """
    # Without a sender, for that of a proxy model is the proxy.
    if not isinstance(instance, get_user_model()) or raw or instance._state.adding:
        return
    if update_fields is not None and "password" not in update_fields:
        return
    if "password" in instance.get_deferred_fields():
        return
    new = instance.password
    accounts = all_accounts().using(using).filter(pk=instance.pk)
    hashes = accounts.values_list("password", flat=True)
    current = hashes.first()
    if current is None or password_mark(current) == password_mark(new):
        return
    upgrade = upgrades.take(new)
    if upgrade and upgrade.is_welcome:
        if carry_over(instance.pk, upgrade.old, new, using=using):
            _settle(instance, stored=new, then=new)
            return
        # Somebody else was faster, or what was checked is not this account's.
        current = hashes.first() or current
    if upgrade and _is_made_by_check(instance, update_fields, upgrade, current):
        # What there is stays. It does not vouch for what was checked.
        _settle(instance, stored=current, then=upgrade.old)
        if current != upgrade.old:
            upgrades.note_lost(instance, current)
    else:
        setattr(instance, NEW_PASSWORD, True)


@receiver(post_save)
def act_on_password(*, instance: Model, **_: object) -> None:
    """End the sessions that are older than the new password of an account."""
    if not isinstance(instance, get_user_model()):
        return
    attributes = vars(instance)
    if settled := attributes.pop(SETTLED_PASSWORD, None):
        stored, instance.password = instance.password, settled
        if stored == settled:
            remember_password(instance=instance)
    if attributes.pop(NEW_PASSWORD, False):
        remember_password(instance=instance)
        note_new_password(instance)


def _settle(instance: AbstractBaseUser, *, stored: str, then: str) -> None:
    """Have an account saved without its hash.

    :param stored: the hash that is in the database.
    :param then: what the instance has afterwards.
    """
    instance.password = Unwritten(stored)
    setattr(instance, SETTLED_PASSWORD, then)


def _is_made_by_check(
    instance: AbstractBaseUser,
    update_fields: frozenset[str] | None,
    upgrade: upgrades.Upgrade,
    current: str,
) -> bool:
    """Whether an account is saved by Django's check of its own password, not by somebody who sets
    one: that would be lost.

    :param current: what the account has in the database.
    """
    # set_password() leaves the password there until it is saved, for whoever asks to be told of new
    # ones; a check takes it away before.
    if update_fields is None or getattr(instance, "_password", None) is not None:
        return False
    # Nobody was faster where the account still has what it had when it was read: what was checked
    # is then another's hash, or one that the account had long ago.
    return current == upgrade.old or vars(instance).get(KNOWN_PASSWORD) != current


def _look_again(actor: Actor) -> None:
    try:
        look_again(actor)
    except NO_STANDING as error:
        raise PermissionDenied from error


def _client(source: object) -> Client | None:
    """The caller behind a flip: the API hands over a Client, the admin its request."""
    match source:
        case Client():
            return source
        case HttpRequest():
            return Client.of(source)
    return None
