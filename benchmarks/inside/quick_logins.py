"""The service's settings with a hasher of next to no cost, to see what else a login does."""

from cumulonimbus.settings import *  # noqa: F403
from sessions_api.passwords import hashers


class CheapArgon2PasswordHasher(hashers.Argon2PasswordHasher):
    """At the least cost that Argon2 allows."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


PASSWORD_HASHERS = [f"{__name__}.CheapArgon2PasswordHasher"]
