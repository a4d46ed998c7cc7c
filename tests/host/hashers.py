"""A hasher that counts its work."""

from typing import ClassVar

from tests.host.settings import CheapPasswordHasher


class CountingHasher(CheapPasswordHasher):
    """Counts the passwords that it hashes, to check one or to store it."""

    count: ClassVar[int] = 0

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        CountingHasher.count += 1
        return super().encode(password, salt, iterations)
