"""Hashes that are made anew for the same password, told from those of another one.

Django checks a password and, where its hash is weaker than it should be, hashes it once more and
saves the account. To whoever sees the account alone that looks like a new password. The hashers of
:mod:`sessions_api.hashers` see both: what was checked, and what was hashed next. Only that the two
texts are the same proves an upgrade.

What is remembered is a keyed digest, from the check of a password that is due for an upgrade until
the hash that follows, in the context (thread or task) in which both happen.
"""

import hashlib
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

#: Of this process alone, and nowhere kept.
_KEY = secrets.token_bytes(32)


@dataclass(frozen=True)
class _Checked:
    """A password that is right: its digest, and the hash that it was checked against."""

    digest: bytes
    encoded: str


@dataclass(frozen=True)
class _Upgrade:
    """Two hashes of one password."""

    old: str
    new: str


_last: ContextVar[_Checked | _Upgrade | None] = ContextVar("last_password_check", default=None)


def note_checked(password: str | bytes, encoded: str) -> None:
    """A password was found to be that of a hash which ought to be made anew."""
    _last.set(_Checked(_digest(password), encoded))


def note_hashed(password: str | bytes, encoded: str) -> None:
    """A password was hashed. It is an upgrade if it is the very one that was checked last."""
    checked = _last.get()
    if isinstance(checked, _Checked) and secrets.compare_digest(checked.digest, _digest(password)):
        _last.set(_Upgrade(checked.encoded, encoded))
    else:
        forget()


def take_old_hash(new: str) -> str | None:
    """The hash whose password ``new`` is a hash of as well, once; None where that is not proved."""
    upgrade = _last.get()
    if not isinstance(upgrade, _Upgrade) or upgrade.new != new:
        return None
    forget()
    return upgrade.old


def forget() -> None:
    """Remember nothing any more."""
    _last.set(None)


def _digest(password: str | bytes) -> bytes:
    text = password.encode() if isinstance(password, str) else password
    return hashlib.blake2b(text, key=_KEY).digest()
