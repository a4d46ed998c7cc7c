"""Bans: an account with ``is_active`` off can use nothing, whatever tokens it has."""

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from sessions_api.accounts.privileges import require_power_over
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record
from sessions_api.signals import ban_changed, send_after_commit


def set_banned(user: AbstractBaseUser, banned: bool, *, actor: Actor, reason: str = "") -> bool:
    """Ban an account, or lift its ban.

    Its sessions are kept. While the ban lasts, their requests are answered with 403.

    :returns: whether this changed anything; if not, nothing is recorded.
    :raises InsufficientPermissions: the account ranks above the actor.
    """
    require_power_over(actor.user, user)
    with transaction.atomic():
        accounts = get_user_model()._base_manager.filter(pk=user.pk, is_active=banned)
        if not accounts.update(is_active=not banned):
            return False
        user.is_active = not banned
        kind = AuditEvent.Kind.BANNED if banned else AuditEvent.Kind.UNBANNED
        record(kind, actor, subject=user, reason=reason)
        send_after_commit(
            ban_changed, type(user), user=user, banned=banned, actor=actor, reason=reason
        )
        return True
