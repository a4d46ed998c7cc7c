"""The service's settings with a very cheap hasher, to measure the rest of a login."""

from cumulonimbus.settings import *  # noqa: F403
from sessions_api.passwords import hashers


class CheapArgon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Argon2 at its lowest cost."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


PASSWORD_HASHERS = [f"{__name__}.CheapArgon2PasswordHasher"]
