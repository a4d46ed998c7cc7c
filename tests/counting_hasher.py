"""A hasher that notes what it does."""

from typing import Any, ClassVar

from tests.settings import CheapArgon2PasswordHasher


class CountingHasher(CheapArgon2PasswordHasher):
    """The tests' first hasher.

    :cvar work: "made" or "verified" for each hash.
    """

    work: ClassVar[list[str]] = []

    def encode(self, password: str, *args: Any, **kwargs: Any) -> str:
        self.work.append("made")
        return super().encode(password, *args, **kwargs)

    def verify(self, password: str, encoded: str) -> bool:
        self.work.append("verified")
        return super().verify(password, encoded)


COUNTING = f"{__name__}.CountingHasher"
