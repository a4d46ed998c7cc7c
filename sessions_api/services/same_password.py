"""Detecting password changes, which an upgraded hash of the same password is not."""

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.models import UserSession
from sessions_api.passwords.marks import password_mark


def is_same_password(before: AbstractBaseUser, now: AbstractBaseUser) -> bool:
    """Return True if an account's password has not changed between two reads of it.

    A parallel login may have upgraded the hash; the sessions that the upgrade has updated show it.

    :param before: the account as read earlier.
    :param now: the account as read just now.
    """
    return has_marked_password(now, password_mark(before.password))


def has_marked_password(user: AbstractBaseUser, mark: str) -> bool:
    """Return True if an account still has the password that had this mark.

    Takes a query if its present mark is another one. See :func:`is_same_password`.
    """
    new = password_mark(user.password)
    if mark == new:
        return True
    carried_over = UserSession.objects.owned_by(user).filter(password_mark=new, earlier_mark=mark)
    return carried_over.exists()
