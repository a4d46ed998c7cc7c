"""Django's password hashers, made to hash in the queue of :mod:`sessions_api.passwords.queue`.

List them in ``PASSWORD_HASHERS`` in place of Django's own. The stored hashes are the same.

A stored hash may be garbled or too costly to compute. Checking a password against it does not
raise: it takes as long as for a valid hash and reports a wrong password. The hashers must detect
everything that a library would reject at once. Otherwise response times would reveal that the
account exists, and nothing would be logged about its owner being locked out.
"""

import base64
import re
from typing import Any, TypeAlias

import bcrypt
from django.contrib.auth import hashers
from django.utils.crypto import get_random_string

from sessions_api.passwords import upgrades
from sessions_api.passwords.queue import run_queued

#: Memory that one hash may take, in KiB: ten times as much as Django's Argon2.
MOST_MEMORY = 1024 * 1024
#: Cost limits for one hash, in each algorithm's own unit; each is a few seconds of CPU time.
MOST_ARGON2_PASSES = 4 * MOST_MEMORY
MOST_PBKDF2_ITERATIONS = 10_000_000
MOST_SCRYPT_BLOCKS = 10_000_000
MOST_BCRYPT_ROUNDS = 16  # log2 of the rounds
#: Threads that Argon2 may run for one hash.
MOST_ARGON2_LANES = 64

#: Minimum of memory per lane, in KiB (RFC 9106, 3.1).
LEAST_ARGON2_MEMORY = 8
#: Minimum of bytes of salt and digest in the PHC string format of Argon2.
LEAST_ARGON2_SALT = 8
LEAST_ARGON2_DIGEST = 12
#: OpenSSL's default limit of memory for scrypt, in bytes.
SCRYPT_MEMORY = 32 * 1024 * 1024

#: Bytes of a password that bcrypt uses. The rest is ignored.
BCRYPT_BYTES = 72

GARBLED = "its stored hash is garbled"
TOO_COSTLY = "its stored hash is too costly to compute"

#: A positive number as the libraries write it. They accept "08" and "+8" but write "8", so no
#: password could match such a hash.
_NUMBER = "[1-9][0-9]*"
_BCRYPT_CHARACTER = "[./A-Za-z0-9]"


#: The result of a hasher's ``decode()``: cost parameters, salt and digest.
Decoded: TypeAlias = dict[str, Any]


class QueuedHasher(hashers.BasePasswordHasher):
    """A mixin for hashers, which makes them hash in the queue.

    Their methods that hash may raise :exc:`sessions_api.exceptions.Overloaded`. They report to
    :mod:`~sessions_api.passwords.upgrades` what they check and hash.
    """

    #: The syntax of a complete hash.
    form: re.Pattern[str]

    def encode(self, password: str, *args: Any, **kwargs: Any) -> str:
        try:
            encoded = run_queued(lambda: self.hash(password, *args, **kwargs))
        except BaseException:
            upgrades.forget()
            raise
        upgrades.note_hashed(password, encoded)
        return encoded

    def hash(self, password: str, *args: Any, **kwargs: Any) -> str:
        """Compute the hash; :meth:`encode` calls this in the queue."""
        return super().encode(password, *args, **kwargs)

    def verify(self, password: str, encoded: str) -> bool:
        if self.problem(encoded) is None:
            try:
                is_right = run_queued(lambda: super(QueuedHasher, self).verify(password, encoded))
            except ValueError:  # a lone surrogate, or a limit of the library
                pass
            else:
                if is_right and self._is_due(encoded):
                    whole = self.uses_whole_password(password)
                    upgrades.note_checked(password, encoded, is_whole=whole)
                return is_right
        equalize_timing()
        return False

    def must_update(self, encoded: str) -> bool:
        return not self.problem(encoded) and super().must_update(encoded)

    def harden_runtime(self, password: str, encoded: str) -> None:
        if not self.problem(encoded):
            run_queued(lambda: super(QueuedHasher, self).harden_runtime(password, encoded))

    def safe_summary(self, encoded: str) -> Any:
        """Return what the admin shows of a hash."""
        if self.problem(encoded):
            # Django's own text, which it has translations for.
            return {"Invalid password format or unknown hashing algorithm.": ""}
        return super().safe_summary(encoded)

    def problem(self, encoded: str) -> str | None:
        """Return why no password can be checked against a hash.

        :returns: a clause that reveals nothing of the hash; None if a password can be checked.
        """
        if not self.form.fullmatch(encoded):
            return GARBLED
        try:
            return None if self.is_affordable(self.decode(encoded)) else TOO_COSTLY
        except Exception:  # each library raises its own errors for what it cannot parse
            return GARBLED

    def is_affordable(self, decoded: Decoded) -> bool:
        """Return True if the cost of a hash is within the limits.

        :param decoded: the result of ``decode()``.
        :raises Exception: the hash is garbled.
        """
        raise NotImplementedError

    def uses_whole_password(self, password: str) -> bool:
        """Return True if the algorithm uses every byte of a password."""
        return True

    def _is_due(self, encoded: str) -> bool:
        """Return True if Django rehashes a password that has matched this hash."""
        preferred = hashers.get_hasher("default")
        return self.algorithm != preferred.algorithm or preferred.must_update(encoded)


class Argon2PasswordHasher(QueuedHasher, hashers.Argon2PasswordHasher):
    #: The first version of Argon2, 16, may leave out the version.
    form = re.compile(
        r"[^$]+\$argon2(?:id|i|d)\$(?:v=(?:16|19)\$)?"
        rf"m={_NUMBER},t={_NUMBER},p={_NUMBER}\$[^$=]+\$[^$=]+"
    )

    def is_affordable(self, decoded: Decoded) -> bool:
        memory, passes, lanes = (
            decoded[one] for one in ("memory_cost", "time_cost", "parallelism")
        )
        if memory < LEAST_ARGON2_MEMORY * lanes:
            raise ValueError(GARBLED)
        return bool(
            memory <= MOST_MEMORY
            and memory * passes <= MOST_ARGON2_PASSES
            and lanes <= MOST_ARGON2_LANES
        )

    def decode(self, encoded: str) -> Decoded:
        salt, digest = (_from_base64(_padded(one)) for one in encoded.rsplit("$", 2)[1:])
        if len(salt) < LEAST_ARGON2_SALT or len(digest) < LEAST_ARGON2_DIGEST:
            raise ValueError(GARBLED)
        return super().decode(encoded)


class _PBKDF2(QueuedHasher):
    form = re.compile(rf"[^$]+\${_NUMBER}\$[^$]+\$[^$]+")
    digest: Any

    def is_affordable(self, decoded: Decoded) -> bool:
        _require_digest(decoded, self.digest().digest_size)
        return bool(decoded["iterations"] <= MOST_PBKDF2_ITERATIONS)


class PBKDF2PasswordHasher(_PBKDF2, hashers.PBKDF2PasswordHasher):
    pass


class PBKDF2SHA1PasswordHasher(_PBKDF2, hashers.PBKDF2SHA1PasswordHasher):
    pass


class ScryptPasswordHasher(QueuedHasher, hashers.ScryptPasswordHasher):
    form = re.compile(rf"[^$]+\${_NUMBER}\$[^$]+\${_NUMBER}\${_NUMBER}\$[^$]+")

    def is_affordable(self, decoded: Decoded) -> bool:
        _require_digest(decoded, size=64)
        work, size, lanes = (decoded[one] for one in ("work_factor", "block_size", "parallelism"))
        # A power of two below 2 ** (16 * size) (RFC 7914, 2).
        if work < 2 or work & (work - 1) or work.bit_length() > 16 * size:
            raise ValueError(GARBLED)
        return bool(
            work * size * lanes <= MOST_SCRYPT_BLOCKS
            and 128 * size * (work + 2 + lanes) <= (self.maxmem or SCRYPT_MEMORY)
        )


class _BCrypt(QueuedHasher):
    #: Version, rounds, salt and digest. The last characters of salt and digest encode fewer bits.
    form = re.compile(
        r"[^$]+\$\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$"
        f"{_BCRYPT_CHARACTER}{{21}}[.Oeu]{_BCRYPT_CHARACTER}{{30}}[.CGKOSWaeimquy26]"
    )

    def is_affordable(self, decoded: Decoded) -> bool:
        return bool(decoded["work_factor"] <= MOST_BCRYPT_ROUNDS)


class BCryptSHA256PasswordHasher(_BCrypt, hashers.BCryptSHA256PasswordHasher):
    pass


class BCryptPasswordHasher(_BCrypt, hashers.BCryptPasswordHasher):
    """A hasher of plain bcrypt hashes, stored with the prefix ``bcrypt$``.

    It reads ``$2b$…``, which Node's bcrypt writes, ``$2a$…`` and ``$2y$…``. As in Node's bcrypt,
    bytes after the 72nd are ignored, even in the middle of a character, and NUL is a byte like any
    other (in Node's since version 5). The Python library itself raises for longer passwords.
    """

    def hash(self, password: str, salt: bytes) -> str:
        digest = bcrypt.hashpw(password.encode()[:BCRYPT_BYTES], salt)
        return f"{self.algorithm}${digest.decode()}"

    def uses_whole_password(self, password: str) -> bool:
        return len(password.encode()) <= BCRYPT_BYTES


def equalize_timing() -> None:
    """Spend as much time as on a valid hash, so that response times do not reveal which it was."""
    hashers.make_password(get_random_string(12))


def _require_digest(decoded: Decoded, size: int) -> None:
    """Raise :exc:`ValueError` unless the digest is Base64 of ``size`` bytes."""
    if len(_from_base64(decoded["hash"])) != size:
        raise ValueError(GARBLED)


def _from_base64(text: str) -> bytes:
    """Decode canonical Base64 (RFC 4648, 3.5), or raise :exc:`ValueError`."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(GARBLED)
    return data


def _padded(text: str) -> str:
    """Add the padding that the PHC string format leaves out of Base64."""
    return text + "=" * (-len(text) % 4)
