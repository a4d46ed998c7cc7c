"""Receivers of signals: flips of kill switches, saved passwords and bans, and Django's logins."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeGuard

from django.contrib.auth import get_user_model, user_logged_in
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import update_last_login
from django.db.models import Model
from django.db.models.signals import post_init, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from killswitches.registry import Switch
from killswitches.signals import switch_flipped
from sessions_api.accounts.lookup import all_accounts
from sessions_api.accounts.mail import mail_field
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.passwords import upgrades
from sessions_api.passwords.marks import password_mark
from sessions_api.passwords.unwritten import Unwritten
from sessions_api.services.audit import Actor, event
from sessions_api.services.authority import require_authority
from sessions_api.services.bans import can_ban, note_saved_ban
from sessions_api.services.passwords import carry_over, note_new_password

#: Attribute of an account that is being saved with a new password: its email address until now.
NEW_PASSWORD = "_sessions_api_new_password"  # noqa: S105
#: Attribute of an account that is being saved without its hash: the hash to set on it afterwards.
SETTLED_PASSWORD = "_sessions_api_settled_password"  # noqa: S105
#: Attribute of every account: the hash with which it was last read or saved.
KNOWN_PASSWORD = "_sessions_api_known_password"  # noqa: S105
#: Attribute of an account that is being banned or unbanned by a save: True.
BAN_CHANGES = "_sessions_api_ban_changes"
#: The id under which Django connects its receiver that keeps ``last_login``.
LAST_LOGIN = "update_last_login"


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
    flip.at = at
    flip.save()


@receiver(post_init, sender=get_user_model())
def remember_password(*, instance: Model, **_: object) -> None:
    """Remember the hash with which an account was read, unless the field is deferred."""
    attributes = vars(instance)
    if "password" in attributes:
        attributes[KNOWN_PASSWORD] = attributes["password"]


@receiver(pre_save)
def detect_new_password(
    *, instance: Model, raw: bool, using: str, update_fields: frozenset[str] | None, **_: object
) -> None:
    """Detect whether an account is about to be saved with a new password, or an upgraded hash.

    An upgraded hash is written here, in one transaction with the marks of the sessions, so that
    other transactions never see one without the other.
    """
    if raw or not _writes(instance, "password", update_fields):
        return
    new = instance.password
    accounts = all_accounts().using(using).filter(pk=instance.pk)
    hashes = accounts.values_list("password", flat=True)
    stored = accounts.values("password", *filter(None, [mail_field()])).first()
    if stored is None or password_mark(stored["password"]) == password_mark(new):
        return
    current = stored["password"]
    upgrade = upgrades.take(new)
    if upgrade and upgrade.may_replace:
        if carry_over(instance.pk, upgrade.old, new, using=using):
            _settle(instance, stored=new, then=new)
            return
        # A parallel save was faster, or the checked hash is not this account's.
        current = hashes.first() or current
    if upgrade and _is_made_by_check(instance, update_fields, upgrade, current):
        # The row keeps its hash, and the instance gets the one that its password was checked with.
        _settle(instance, stored=current, then=upgrade.old)
        if current != upgrade.old:
            upgrades.note_lost(instance, current)
    else:
        setattr(instance, NEW_PASSWORD, str(stored.get(mail_field()) or ""))


@receiver(post_save)
def handle_new_password(*, instance: Model, **_: object) -> None:
    """Audit a new password of an account, and end the sessions that began with another one."""
    if not isinstance(instance, get_user_model()):
        return
    attributes = vars(instance)
    if settled := attributes.pop(SETTLED_PASSWORD, None):
        stored, instance.password = instance.password, settled
        if stored == settled:
            remember_password(instance=instance)
    if (address := attributes.pop(NEW_PASSWORD, None)) is not None:
        remember_password(instance=instance)
        note_new_password(instance, told_at=address)


@receiver(pre_save)
def look_at_ban(
    *, instance: Model, raw: bool, using: str, update_fields: frozenset[str] | None, **_: object
) -> None:
    """Detect whether a save of an account bans it or lifts its ban."""
    if raw or not _writes(instance, "is_active", update_fields) or not can_ban():
        return
    accounts = get_user_model()._base_manager.using(using)
    if accounts.filter(pk=instance.pk, is_active=not instance.is_active).exists():
        setattr(instance, BAN_CHANGES, True)


@receiver(post_save)
def act_on_ban(*, instance: Model, update_fields: frozenset[str] | None, **_: object) -> None:
    """Record a ban, or the end of one, that an account has been saved with."""
    if not isinstance(instance, get_user_model()):
        return
    # An earlier save may have failed after look_at_ban().
    is_written = update_fields is None or "is_active" in update_fields
    if vars(instance).pop(BAN_CHANGES, False) and is_written:
        note_saved_ban(instance)


def keep_last_login(sender: type[AbstractBaseUser], user: AbstractBaseUser, **what: object) -> None:
    """Do what Django's receiver does, except for logins to the API.

    These have set ``last_login`` with the session, or by ``UPDATE_LAST_LOGIN`` not at all.
    """
    if "session" not in what:
        # The type checker knows this project's user model only.
        update_last_login(sender, user, **what)  # type: ignore[arg-type]


def replace_djangos_receiver(labels: Sequence[str]) -> None:
    """Connect :func:`keep_last_login` in place of Django's receiver, under its id.

    Not where a host has disconnected that. Where the app of Django's receiver gets ready later,
    Django will find its id taken.

    :param labels: those of the installed apps, in the order in which they get ready.
    """
    if "auth" not in labels or getattr(get_user_model(), "last_login", None) is None:
        return
    comes_later = labels.index("auth") > labels.index("sessions_api")
    if user_logged_in.disconnect(dispatch_uid=LAST_LOGIN) or comes_later:
        user_logged_in.connect(keep_last_login, dispatch_uid=LAST_LOGIN)


def _writes(
    instance: Model, field: str, update_fields: frozenset[str] | None
) -> TypeGuard[AbstractBaseUser]:
    """Return whether an instance is an existing account, and its save writes a field.

    The receivers are not connected by sender, because the sender for a proxy model is the proxy.
    """
    return (
        isinstance(instance, get_user_model())
        and not instance._state.adding
        and (update_fields is None or field in update_fields)
        and field not in instance.get_deferred_fields()
    )


def _settle(instance: AbstractBaseUser, *, stored: str, then: str) -> None:
    """Have an account saved without writing its hash.

    :param stored: the hash in the database.
    :param then: the hash to set on the instance after the save.
    """
    instance.password = Unwritten(stored)
    setattr(instance, SETTLED_PASSWORD, then)


def _is_made_by_check(
    instance: AbstractBaseUser,
    update_fields: frozenset[str] | None,
    upgrade: upgrades.Upgrade,
    current: str,
) -> bool:
    """Return True if Django's check of the account's own password saves it.

    False if a new password is being set, which must not be lost.

    :param current: the hash in the database.
    """
    # set_password() keeps the raw password on the account until the save; a check has removed it.
    if update_fields is None or getattr(instance, "_password", None) is not None:
        return False
    # If the row still has the hash that it was read with, no parallel save was faster: the checked
    # hash belongs to another account, or is an older one of this account.
    return current == upgrade.old or vars(instance).get(KNOWN_PASSWORD) != current


def _client(source: object) -> Client | None:
    """Return the client behind a flip: the API passes an actor, the admin its request."""
    match source:
        case Actor():
            return source.client
        case HttpRequest():
            return Client.of(source)
    return None
