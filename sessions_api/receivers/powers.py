"""Accounts that are saved as banned, or as no longer staff."""

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from sessions_api.accounts.lookup import has_column, is_staff
from sessions_api.conf import api_settings
from sessions_api.receivers.saves import writes
from sessions_api.services.audit import UNNAMED
from sessions_api.services.bans import can_ban, note_saved_ban
from sessions_api.services.console_sessions import DEMOTED, end_console_sessions_of

#: Attribute of an account that is being banned or unbanned by a save: True.
BAN_CHANGES = "_sessions_api_ban_changes"
#: Attribute of an account that is saved as no longer staff: True.
IS_DEMOTED = "_sessions_api_is_demoted"


@receiver(pre_save)
def detect_ban_change(
    *, instance: Model, raw: bool, using: str, update_fields: frozenset[str] | None, **_: object
) -> None:
    """Detect whether a save of an account bans it or lifts its ban."""
    if raw or not writes(instance, "is_active", update_fields) or not can_ban():
        return
    accounts = get_user_model()._base_manager.using(using)
    if accounts.filter(pk=instance.pk, is_active=not instance.is_active).exists():
        setattr(instance, BAN_CHANGES, True)


@receiver(post_save)
def handle_ban_change(
    *, instance: Model, update_fields: frozenset[str] | None, **_: object
) -> None:
    """Record a ban, or the end of one, that an account has been saved with."""
    if not isinstance(instance, get_user_model()):
        return
    # An earlier save may have failed after detect_ban_change().
    is_written = update_fields is None or "is_active" in update_fields
    if vars(instance).pop(BAN_CHANGES, False) and is_written:
        note_saved_ban(instance)


@receiver(pre_save)
def look_at_demotion(
    *, instance: Model, raw: bool, using: str, update_fields: frozenset[str] | None, **_: object
) -> None:
    """Detect whether an account is about to be saved as no longer staff.

    Takes no query if ``CONSOLE_SESSIONS`` is off.
    """
    if raw or not api_settings().CONSOLE_SESSIONS or not has_column("is_staff"):
        return
    if not writes(instance, "is_staff", update_fields) or is_staff(instance):
        return
    accounts = get_user_model()._base_manager.using(using)
    setattr(instance, IS_DEMOTED, accounts.filter(pk=instance.pk, is_staff=True).exists())


@receiver(post_save)
def act_on_demotion(*, instance: Model, **_: object) -> None:
    """End the sessions of the console of an account that has been saved as no longer staff."""
    if isinstance(instance, get_user_model()) and vars(instance).pop(IS_DEMOTED, False):
        end_console_sessions_of(instance, actor=UNNAMED, reason=DEMOTED)
