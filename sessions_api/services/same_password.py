"""Whether an account still has the password that it had: a stronger hash of it is no other one."""

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.models import UserSession
from sessions_api.passwords.marks import password_mark


def is_same_password(before: AbstractBaseUser, now: AbstractBaseUser) -> bool:
    """Whether an account still has the password that it had when it was read before.

    A login of a parallel request may have made a stronger hash of it; sessions that it carried over
    say so.
    """
    return has_marked_password(now, password_mark(before.password))


def has_marked_password(user: AbstractBaseUser, mark: str) -> bool:
    """Whether an account has the password that had this mark once: see :func:`is_same_password`.

    Takes a query where it has another mark by now.
    """
    new = password_mark(user.password)
    if mark == new:
        return True
    carried_over = UserSession.objects.owned_by(user).filter(password_mark=new, earlier_mark=mark)
    return carried_over.exists()
