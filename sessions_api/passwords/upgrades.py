"""Telling an upgraded hash of the same password from a new password.

When Django checks a password whose hash is weaker than it should be, it hashes the password again
and saves the account. The account alone does not show that this is not a new password. The hashers
of :mod:`sessions_api.passwords.hashers` see both the password that was checked and the one that is
hashed next: if they are the same, it is an upgrade.

A keyed digest of the password is remembered between the check and the next hash, in the context
(thread or task) of both.
"""

import hashlib
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Cannot be imported before the app registry is ready.
    from django.contrib.auth.base_user import AbstractBaseUser


#: The key of the digests. It exists only in this process.
_KEY = secrets.token_bytes(32)
#: The attribute of an account whose upgrade was not saved: the hash that its row had by then.
_LOST = "_sessions_api_lost_upgrade"


@dataclass(frozen=True)
class _Checked:
    """A password that was right, and whose hash is due for an upgrade.

    :param digest: of the password.
    :param encoded: the hash that it was checked against.
    :param is_whole: whether the hash covers the whole password.
    """

    digest: bytes
    encoded: str
    is_whole: bool


@dataclass(frozen=True)
class Upgrade:
    """Two hashes of one password.

    :param may_replace: whether the new one may replace the old. It may not if the old one ignored
        the end of the password: a typo in it would become part of the password.
    """

    old: str
    new: str
    may_replace: bool


_last: ContextVar[_Checked | Upgrade | None] = ContextVar("last_password_check", default=None)


def note_checked(password: str | bytes, encoded: str, *, is_whole: bool = True) -> None:
    """Remember a password that was right, and whose hash is due for an upgrade.

    :param is_whole: whether the hash covers the whole password.
    """
    _last.set(_Checked(_digest(password), encoded, is_whole))


def note_hashed(password: str | bytes, encoded: str) -> None:
    """Remember a new hash as an upgrade if its password is the one that was checked last."""
    checked = _last.get()
    if isinstance(checked, _Checked) and secrets.compare_digest(checked.digest, _digest(password)):
        _last.set(Upgrade(checked.encoded, encoded, checked.is_whole))
    else:
        forget()


def take(new: str) -> Upgrade | None:
    """Return the upgrade with this new hash and forget it.

    :returns: None unless the hash is known to be an upgrade.
    """
    upgrade = _last.get()
    if not isinstance(upgrade, Upgrade) or upgrade.new != new:
        return None
    forget()
    return upgrade


def note_lost(user: "AbstractBaseUser", current: str) -> None:
    """Remember that an upgrade was not saved, because the account's row had another hash.

    :param current: that hash.
    """
    setattr(user, _LOST, current)


def take_lost(user: "AbstractBaseUser") -> str | None:
    """Return the hash passed to :func:`note_lost` and forget it; None if there is none."""
    lost: str | None = vars(user).pop(_LOST, None)
    return lost


def forget() -> None:
    """Forget the last password that was checked, and its upgrade."""
    _last.set(None)


def _digest(password: str | bytes) -> bytes:
    text = password.encode() if isinstance(password, str) else password
    return hashlib.blake2b(text, key=_KEY).digest()
