"""Saved passwords: new ones end sessions, and upgraded hashes of the same ones do not."""

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from django.db.models.signals import post_init, post_save, pre_save
from django.dispatch import receiver

from sessions_api.accounts.lookup import all_accounts
from sessions_api.accounts.mail import mail_field
from sessions_api.passwords import upgrades
from sessions_api.passwords.marks import password_mark
from sessions_api.passwords.unwritten import Unwritten
from sessions_api.receivers.saves import writes
from sessions_api.services.passwords import carry_over, note_new_password

#: Attribute of an account that is being saved with a new password: its email address until now.
NEW_PASSWORD = "_sessions_api_new_password"  # noqa: S105
#: Attribute of an account that is being saved without its hash: the hash to set on it afterwards.
SETTLED_PASSWORD = "_sessions_api_settled_password"  # noqa: S105
#: Attribute of every account: the hash with which it was last read or saved.
KNOWN_PASSWORD = "_sessions_api_known_password"  # noqa: S105


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
    if raw or not writes(instance, "password", update_fields):
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
        note_new_password(instance, previous_email=address)


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
