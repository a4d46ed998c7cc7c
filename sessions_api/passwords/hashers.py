"""Django's password hashers, each of whose hashes waits in :mod:`sessions_api.passwords.queue`.

A host names them in ``PASSWORD_HASHERS`` in place of Django's own; what is stored stays the same.

A stored hash may be garbled, or ask for more work than anybody has time for. It is the hash of no
password then: nothing is raised, as much is hashed as for a good one, and the password is wrong.
Whatever a library would refuse at once must be found here, or the clock tells that there is such an
account, and the log tells nobody that its owner is locked out.
"""

import base64
import re
from typing import Any, TypeAlias

import bcrypt
from django.contrib.auth import hashers
from django.utils.crypto import get_random_string

from sessions_api.passwords import upgrades
from sessions_api.passwords.queue import run_queued

#: KiB of memory that one hash may take: ten times what Django's Argon2 does.
MOST_MEMORY = 1024 * 1024
#: What one hash may take of that by which its algorithm counts: some seconds of a processor each.
MOST_ARGON2_PASSES = 4 * MOST_MEMORY
MOST_PBKDF2_ITERATIONS = 10_000_000
MOST_SCRYPT_BLOCKS = 10_000_000
MOST_BCRYPT_ROUNDS = 16  # their logarithm
#: How many threads Argon2 may run for one hash.
MOST_ARGON2_LANES = 64

#: KiB that Argon2 takes for each lane, or none.
LEAST_ARGON2_MEMORY = 8
#: Bytes of a salt and of a digest in the PHC's text form of Argon2.
LEAST_ARGON2_SALT = 8
LEAST_ARGON2_DIGEST = 12
#: Bytes that OpenSSL gives to scrypt where it is told no other limit.
SCRYPT_MEMORY = 32 * 1024 * 1024

#: Bytes of a password that bcrypt looks at. Others count for nothing.
BCRYPT_BYTES = 72

GARBLED = "it is garbled"
TOO_COSTLY = "it asks for too much work"

#: Above nought, and as the libraries write it: those that read "08" or "+8" never write it again,
#: so no password has such a hash.
_NUMBER = "[1-9][0-9]*"
_BCRYPT_CHARACTER = "[./A-Za-z0-9]"


#: What Django's hashers read off a hash: its work, salt and digest.
Decoded: TypeAlias = dict[str, Any]


class QueuedHasher(hashers.BasePasswordHasher):
    """Mixed into a hasher. Whatever hashes may raise :exc:`sessions_api.exceptions.Overloaded`.

    Such hashers tell :mod:`~sessions_api.passwords.upgrades` what they see.
    """

    #: What a hash looks like as a whole.
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
        """What :meth:`encode` does in its turn."""
        return super().encode(password, *args, **kwargs)

    def verify(self, password: str, encoded: str) -> bool:
        if self.problem(encoded) is None:
            try:
                is_right = run_queued(lambda: super(QueuedHasher, self).verify(password, encoded))
            except ValueError:  # of a text that is none in UTF-8, or a limit of the library
                pass
            else:
                if is_right and self._is_due(encoded):
                    whole = self.looks_at_all_of(password)
                    upgrades.note_checked(password, encoded, is_whole=whole)
                return is_right
        hash_in_vain()
        return False

    def must_update(self, encoded: str) -> bool:
        return not self.problem(encoded) and super().must_update(encoded)

    def harden_runtime(self, password: str, encoded: str) -> None:
        if not self.problem(encoded):
            run_queued(lambda: super(QueuedHasher, self).harden_runtime(password, encoded))

    def safe_summary(self, encoded: str) -> Any:
        """What the admin shows of a hash."""
        if self.problem(encoded):
            # As Django has it, and has translated it.
            return {"Invalid password format or unknown hashing algorithm.": ""}
        return super().safe_summary(encoded)

    def problem(self, encoded: str) -> str | None:
        """Why no password can be checked against a hash, in words that tell nothing of it; None
        where one can."""
        if not self.form.fullmatch(encoded):
            return GARBLED
        try:
            return None if self.is_affordable(self.decode(encoded)) else TOO_COSTLY
        except Exception:  # each library has its own for what it cannot read
            return GARBLED

    def is_affordable(self, decoded: Decoded) -> bool:
        """Whether a hash asks for no more work than it may.

        :param decoded: what ``decode()`` has made of it.
        :raises Exception: it makes no sense.
        """
        raise NotImplementedError

    def looks_at_all_of(self, password: str) -> bool:
        """Whether every part of a password counts."""
        return True

    def _is_due(self, encoded: str) -> bool:
        """Whether Django makes another hash of a password that this one has let pass."""
        preferred = hashers.get_hasher("default")
        return self.algorithm != preferred.algorithm or preferred.must_update(encoded)


class Argon2PasswordHasher(QueuedHasher, hashers.Argon2PasswordHasher):
    #: Its first hashes do not say their version, 16.
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
        # A power of two, and one below 2 ** (16 * size), says RFC 7914.
        if work < 2 or work & (work - 1) or work.bit_length() > 16 * size:
            raise ValueError(GARBLED)
        return bool(
            work * size * lanes <= MOST_SCRYPT_BLOCKS
            and 128 * size * (work + 2 + lanes) <= (self.maxmem or SCRYPT_MEMORY)
        )


class _BCrypt(QueuedHasher):
    #: Version, rounds, salt and digest; the last characters of these stand for fewer bits.
    form = re.compile(
        r"[^$]+\$\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$"
        f"{_BCRYPT_CHARACTER}{{21}}[.Oeu]{_BCRYPT_CHARACTER}{{30}}[.CGKOSWaeimquy26]"
    )

    def is_affordable(self, decoded: Decoded) -> bool:
        return bool(decoded["work_factor"] <= MOST_BCRYPT_ROUNDS)


class BCryptSHA256PasswordHasher(_BCrypt, hashers.BCryptSHA256PasswordHasher):
    pass


class BCryptPasswordHasher(_BCrypt, hashers.BCryptPasswordHasher):
    """For plain bcrypt hashes with ``bcrypt$`` in front: ``$2b$…``, which Node's bcrypt writes,
    ``$2a$…`` and ``$2y$…``.

    As with Node's, bytes beyond the 72nd are left out of account, in the middle of a character too,
    and a NUL is a byte like others (in Node's since version 5). The library raises for longer ones.
    """

    def hash(self, password: str, salt: bytes) -> str:
        digest = bcrypt.hashpw(password.encode()[:BCRYPT_BYTES], salt)
        return f"{self.algorithm}${digest.decode()}"

    def looks_at_all_of(self, password: str) -> bool:
        return len(password.encode()) <= BCRYPT_BYTES


def hash_in_vain() -> None:
    """Do as much work as for a good hash, so that the clock does not tell them apart."""
    hashers.make_password(get_random_string(12))


def _require_digest(decoded: Decoded, size: int) -> None:
    """:raises ValueError: the digest is not the Base64 of so many bytes."""
    if len(_from_base64(decoded["hash"])) != size:
        raise ValueError(GARBLED)


def _from_base64(text: str) -> bytes:
    """:raises ValueError: it is not as Base64 is written: without bits left over, say."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(GARBLED)
    return data


def _padded(text: str) -> str:
    """Base64 that is written without padding, with it."""
    return text + "=" * (-len(text) % 4)
