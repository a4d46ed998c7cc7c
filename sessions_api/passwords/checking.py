"""Checking passwords against stored hashes, which may be garbled."""

import functools
import logging

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import identify_hasher, is_password_usable

from sessions_api.exceptions import Overloaded
from sessions_api.passwords import upgrades
from sessions_api.passwords.hashers import GARBLED, QueuedHasher, equalize_timing
from sessions_api.passwords.marks import password_mark

logger = logging.getLogger("sessions_api")

UNKNOWN = "no hasher in PASSWORD_HASHERS has the algorithm of its stored hash"


def check_password(user: AbstractBaseUser, password: str) -> bool:
    """Return True if this is the account's password, and upgrade the account's hash if it is due.

    Every password is wrong for a hash that cannot be checked; the account is logged then.

    :raises Overloaded: too many passwords are being hashed at present.
    """
    stored = user.password
    try:
        is_right = user.check_password(password)
    except Overloaded:
        raise
    except Exception:
        # Our own hashers do not raise; Django's raise whatever their libraries do.
        if problem_of(stored) is None:
            raise
        equalize_timing()
        is_right = False
    if not is_right:
        report_problem(user)
    return is_right and is_still_correct(user, password)


def is_still_correct(user: AbstractBaseUser, password: str) -> bool:
    """Return True if a password that was right is still the account's.

    It is checked again only if the account's hash was replaced while the upgrade was computed: by a
    parallel login, or by a new password. ``user`` then gets the current hash, so that whatever this
    password allows is bound to it.

    :raises Overloaded: too many passwords are being hashed at present.
    """
    current = upgrades.take_lost(user)
    if current is None:
        return True
    user.password = current
    return check_password(user, password)


def report_problem(user: AbstractBaseUser) -> None:
    """Log, once per process, if no password can be checked against an account's hash."""
    if problem := problem_of(user.password):
        _report(str(user.pk), password_mark(user.password), problem)


def problem_of(encoded: str) -> str | None:
    """Return why no password can be checked against a stored hash.

    :returns: a clause that reveals nothing of the hash; None if a password can be checked, or if
        the account has an unusable password in Django's sense.
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
    except Exception:  # each library raises its own errors for what it cannot parse
        return GARBLED
    return None


@functools.lru_cache(maxsize=10_000)
def _report(user_id: str, mark: str, problem: str) -> None:
    """Log once per account and hash: otherwise anybody could fill the log by trying to log in."""
    logger.warning("Could not check the password of the account %s: %s", user_id, problem)
