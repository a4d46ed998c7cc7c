"""Bans: an account with ``is_active`` off can use nothing, whatever tokens it has.

:func:`set_banned` bans explicitly. Receivers of the user model's signals handle every other
``save()`` of an account that changes ``is_active``. Changes that bypass ``save()``, by ``update()``
or SQL, hold as well, but nobody can tell when they were made; see :func:`ban_of`.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from sessions_api.accounts.lookup import has_column
from sessions_api.accounts.privileges import require_power_over
from sessions_api.models import AuditEvent, Ban
from sessions_api.services.audit import UNNAMED, Actor, record
from sessions_api.services.authority import lock_account
from sessions_api.services.console_sessions import BANNED, end_console_sessions_of
from sessions_api.services.notices import NoticeKind, tell_others
from sessions_api.signals import ban_changed, send_after_commit


def can_ban() -> bool:
    """Return whether the user model has a column ``is_active``, so that accounts can be banned."""
    return has_column("is_active")


def set_banned(user: AbstractBaseUser, banned: bool, *, actor: Actor, reason: str = "") -> bool:
    """Ban an account, or lift its ban.

    Its sessions are kept, except those of the console. While the ban lasts, their requests are
    answered with 403.

    An account that is banned already keeps its ban as it is. If nothing is known of that ban, and a
    reason is given, it counts from now.

    :param reason: for the audit log; the reason of a ban is also kept with the account.
    :returns: whether this changed anything; if not, nothing is recorded.
    :raises InsufficientPermissions: the account ranks above the actor.
    """
    require_power_over(actor.user, user)
    with transaction.atomic():
        accounts = get_user_model()._base_manager.filter(pk=user.pk, is_active=banned)
        changed = accounts.update(is_active=not banned)
        if not changed and not (banned and reason and _is_unexplained(user)):
            return False
        user.is_active = not banned
        _note(user, actor=actor, reason=reason)
        return True


def change_ban(
    user: AbstractBaseUser, banned: bool, *, actor: Actor, reason: str = ""
) -> AbstractBaseUser:
    """Ban an account or lift its ban, if the actor is still authorized once the account is locked.

    :returns: the account as it is now.
    :raises InvalidUser: the account has been deleted.
    :raises ApiError: the actor may no longer act; see :func:`~.authority.lock_account`.
    """
    with transaction.atomic():
        account = lock_account(user, actor=actor)
        set_banned(account, banned, actor=actor, reason=reason)
        return account


def note_saved_ban(user: AbstractBaseUser) -> None:
    """Record a ban, or the end of one, after the account has been saved with it."""
    with transaction.atomic():
        _note(user, actor=UNNAMED, reason="")


def ban_of(user: AbstractBaseUser) -> Ban | None:
    """Return what is known of an account's ban, in one query if it is banned.

    :returns: None if the account is not banned; or if nothing is known, because it was created
        inactive or the ban bypassed ``save()``.
    """
    return None if user.is_active else Ban.objects.filter(user_id=user.pk).first()


def _is_unexplained(user: AbstractBaseUser) -> bool:
    """Return whether an account is banned, and nothing is known of the ban."""
    banned = get_user_model()._base_manager.filter(pk=user.pk, is_active=False)
    return banned.exists() and not Ban.objects.filter(user_id=user.pk).exists()


def _note(user: AbstractBaseUser, *, actor: Actor, reason: str) -> None:
    banned = not user.is_active
    if banned:
        ban = Ban(
            user_id=user.pk,
            banned_at=timezone.now(),
            reason=reason,
            actor_id=actor.user.pk if actor.user else None,
            actor_name=actor.shown_name,
        )
        columns = [field.name for field in Ban._meta.concrete_fields if not field.unique]
        # Replaces the row of an earlier ban that was lifted unnoticed.
        Ban.objects.bulk_create(
            [ban], update_conflicts=True, unique_fields=["user"], update_fields=columns
        )
    else:
        Ban.objects.filter(user_id=user.pk).delete()
    kind = AuditEvent.Kind.BANNED if banned else AuditEvent.Kind.UNBANNED
    record(kind, actor, subject=user, reason=reason)
    if banned:
        end_console_sessions_of(user, actor=actor, reason=BANNED)
        tell_others(NoticeKind.BANNED, [user], actor=actor)
    send_after_commit(ban_changed, type(user), user=user, banned=banned, actor=actor, reason=reason)
