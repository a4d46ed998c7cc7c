"""Checking the password of an account whose stored hash may be anything."""

import functools
import logging

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import identify_hasher, is_password_usable

from sessions_api.exceptions import Overloaded
from sessions_api.passwords import upgrades
from sessions_api.passwords.hashers import GARBLED, QueuedHasher, hash_in_vain
from sessions_api.passwords.marks import password_mark

logger = logging.getLogger("sessions_api")

UNKNOWN = "no hasher of PASSWORD_HASHERS knows its algorithm"


def check_password(user: AbstractBaseUser, password: str) -> bool:
    """Whether this is the password of an account, which gets a stronger hash if it is due for one.

    No password is that of a hash which cannot be checked; the log says whose that is.

    :raises Overloaded: too many passwords are being checked at present.
    """
    stored = user.password
    try:
        is_right = user.check_password(password)
    except Overloaded:
        raise
    except Exception:
        # Not from our own hashers; Django's raise whatever their libraries do.
        if problem_of(stored) is None:
            raise
        hash_in_vain()
        is_right = False
    if not is_right:
        report_problem(user)
    return is_right and is_still_right(user, password)


def is_still_right(user: AbstractBaseUser, password: str) -> bool:
    """Whether a password that was right is that of the account as it is now.

    It is looked at again only where the account got another hash while a stronger one was made of
    the one checked: from a login beside this one, or of another password. ``user`` gets that hash;
    what is earned by the password is then bound to what the account has.

    :raises Overloaded: too many passwords are being checked at present.
    """
    held = upgrades.take_lost(user)
    if held is None:
        return True
    user.password = held
    return check_password(user, password)


def report_problem(user: AbstractBaseUser) -> None:
    """Say in the log, once for each process, that nobody can log in to an account, if it is so."""
    if problem := problem_of(user.password):
        _report(str(user.pk), password_mark(user.password), problem)


def problem_of(encoded: str) -> str | None:
    """Why no password can be checked against a stored hash; None where one can, or none is to be.

    The words tell nothing of the hash.
    """
    if not is_password_usable(encoded):
        return None
    try:
        hasher = identify_hasher(encoded)
    except ValueError:
        return UNKNOWN
    if isinstance(hasher, QueuedHasher):
        return hasher.problem(encoded)
    try:
        hasher.decode(encoded)
        hasher.must_update(encoded)
    except Exception:  # each library has its own for what it cannot read
        return GARBLED
    return None


@functools.lru_cache(maxsize=10_000)
def _report(user_id: str, mark: str, problem: str) -> None:
    """Once for each account and hash, for anybody may have it said by trying to log in."""
    logger.warning("No password opens the account %s: of its stored hash, %s", user_id, problem)
