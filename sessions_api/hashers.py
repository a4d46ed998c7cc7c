"""Django's password hashers, each of whose hashes waits its turn (:mod:`sessions_api.hashing`).

A host names them in ``PASSWORD_HASHERS`` in place of Django's own; what is stored stays the same.
"""

from typing import Any

from django.contrib.auth import hashers

from sessions_api.hashing import run_in_turn


class InTurn(hashers.BasePasswordHasher):
    """Mixed into a hasher. Whatever hashes may raise :exc:`sessions_api.exceptions.Overloaded`."""

    def encode(self, *args: Any, **kwargs: Any) -> str:
        return run_in_turn(lambda: super(InTurn, self).encode(*args, **kwargs))

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        return run_in_turn(lambda: super(InTurn, self).verify(*args, **kwargs))

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
