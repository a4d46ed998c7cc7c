"""Django's password hashers, each of whose hashes waits its turn (:mod:`sessions_api.hashing`).

A host names them in ``PASSWORD_HASHERS`` in place of Django's own; what is stored stays the same.
"""

from typing import Any

from django.contrib.auth import hashers

from sessions_api.hashing import run_in_turn
from sessions_api.passwords import upgrades


class InTurn(hashers.BasePasswordHasher):
    """Mixed into a hasher. Whatever hashes may raise :exc:`sessions_api.exceptions.Overloaded`.

    Such hashers tell :mod:`~sessions_api.passwords.upgrades` what they see.
    """

    def encode(self, password: Any, *args: Any, **kwargs: Any) -> str:
        try:
            encoded = run_in_turn(lambda: super(InTurn, self).encode(password, *args, **kwargs))
        except BaseException:
            upgrades.forget()
            raise
        upgrades.note_hashed(password, encoded)
        return encoded

    def verify(self, password: Any, encoded: str) -> bool:
        is_right = run_in_turn(lambda: super(InTurn, self).verify(password, encoded))
        if is_right and self._is_due(encoded):
            upgrades.note_checked(password, encoded)
        return is_right

    def _is_due(self, encoded: str) -> bool:
        """Whether Django makes another hash of a password that this one has let pass."""
        preferred = hashers.get_hasher("default")
        return self.algorithm != preferred.algorithm or preferred.must_update(encoded)

    def harden_runtime(self, *args: Any, **kwargs: Any) -> None:
        return run_in_turn(lambda: super(InTurn, self).harden_runtime(*args, **kwargs))


class Argon2PasswordHasher(InTurn, hashers.Argon2PasswordHasher):
    pass


class PBKDF2PasswordHasher(InTurn, hashers.PBKDF2PasswordHasher):
    pass


class PBKDF2SHA1PasswordHasher(InTurn, hashers.PBKDF2SHA1PasswordHasher):
    pass


class BCryptSHA256PasswordHasher(InTurn, hashers.BCryptSHA256PasswordHasher):
    pass


class ScryptPasswordHasher(InTurn, hashers.ScryptPasswordHasher):
    pass
