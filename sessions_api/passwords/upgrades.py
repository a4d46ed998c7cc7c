"""Hashes that are made anew for the same password, told from those of another one.

Django checks a password and, where its hash is weaker than it should be, hashes it once more and
saves the account. To whoever sees the account alone that looks like a new password. The hashers of
:mod:`sessions_api.passwords.hashers` see both: what was checked, and what was hashed next. Only
that the two texts are the same proves an upgrade.

What is remembered is a keyed digest, from the check of a password that is due for an upgrade until
the hash that follows, in the context (thread or task) in which both happen.
"""

import hashlib
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # It cannot be imported before the apps are there.
    from django.contrib.auth.base_user import AbstractBaseUser


#: Of this process alone, and nowhere kept.
_KEY = secrets.token_bytes(32)
#: The attribute of an account whose upgrade came too late: the hash that it had by then.
_LOST = "_sessions_api_lost_upgrade"


@dataclass(frozen=True)
class _Checked:
    """A password that is right: its digest, and the hash that it was checked against.

    :param is_whole: whether all of it was looked at.
    """

    digest: bytes
    encoded: str
    is_whole: bool


@dataclass(frozen=True)
class Upgrade:
    """Two hashes of one password.

    :param is_welcome: whether the new one may take the place of the old. It may not where the old
        one left a part of the password out of account: that may have been mistyped, and would be
        asked for ever after.
    """

    old: str
    new: str
    is_welcome: bool


_last: ContextVar[_Checked | Upgrade | None] = ContextVar("last_password_check", default=None)


def note_checked(password: str | bytes, encoded: str, *, is_whole: bool = True) -> None:
    """A password was found to be that of a hash which ought to be made anew.

    :param is_whole: whether all of the password was looked at.
    """
    _last.set(_Checked(_digest(password), encoded, is_whole))


def note_hashed(password: str | bytes, encoded: str) -> None:
    """A password was hashed. It is an upgrade if it is the very one that was checked last."""
    checked = _last.get()
    if isinstance(checked, _Checked) and secrets.compare_digest(checked.digest, _digest(password)):
        _last.set(Upgrade(checked.encoded, encoded, checked.is_whole))
    else:
        forget()


def take(new: str) -> Upgrade | None:
    """The upgrade that a hash is, once; None where it is not proved to be one."""
    upgrade = _last.get()
    if not isinstance(upgrade, Upgrade) or upgrade.new != new:
        return None
    forget()
    return upgrade


def note_lost(user: "AbstractBaseUser", held: str) -> None:
    """An account had another hash by the time at which an upgrade was to be saved."""
    setattr(user, _LOST, held)


def take_lost(user: "AbstractBaseUser") -> str | None:
    """The hash that was there before an account's upgrade, once; None where none was."""
    lost: str | None = vars(user).pop(_LOST, None)
    return lost


def forget() -> None:
    """Remember nothing any more."""
    _last.set(None)


def _digest(password: str | bytes) -> bytes:
    text = password.encode() if isinstance(password, str) else password
    return hashlib.blake2b(text, key=_KEY).digest()
