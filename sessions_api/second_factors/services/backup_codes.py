"""Backup codes: a set of single-use codes for each user who has a second factor."""

import secrets
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from sessions_api.second_factors.models import BackupCode, BackupCodeUse
from sessions_api.second_factors.services.codes import ALPHABET
from sessions_api.second_factors.services.encryption import digests

#: How many codes a user is given, and how many characters each has.
NUMBER = 10
LENGTH = 10


def replace(user: AbstractBaseUser) -> list[str]:
    """Replace a user's codes, in the caller's transaction. Return the new ones."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(NUMBER)]
    delete(user)
    BackupCode.objects.bulk_create(
        BackupCode(user_id=user.pk, digest=digests(code)[0]) for code in codes
    )
    return codes


def delete(user: AbstractBaseUser) -> None:
    """Delete a user's codes, and when one of them was last used."""
    BackupCode.objects.filter(user_id=user.pk).delete()
    BackupCodeUse.objects.filter(user_id=user.pk).delete()


def spend(user: AbstractBaseUser, code: str) -> bool:
    """Return whether a code is one of the user's, and if so use it up.

    :param code: the normalised code.
    """
    spent, _ = BackupCode.objects.filter(user_id=user.pk, digest__in=digests(code)).delete()
    if spent:
        BackupCodeUse.objects.bulk_create(
            [BackupCodeUse(user_id=user.pk, used_at=timezone.now())],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["used_at"],
        )
    return bool(spent)


def last_use(user: AbstractBaseUser) -> datetime | None:
    """Return when the user last used one of their present codes; None for never."""
    return BackupCodeUse.objects.filter(user_id=user.pk).values_list("used_at", flat=True).first()


def last_use_of_owner() -> Subquery:
    """Return an expression for the :func:`last_use` by the owner of a session."""
    return Subquery(BackupCodeUse.objects.filter(user_id=OuterRef("user_id")).values("used_at"))
