"""System checks of what a host has set about passwords."""

from django.conf import settings
from django.contrib.auth.hashers import get_hashers
from django.core import checks

from sessions_api.conf import SETTINGS_NAME
from sessions_api.passwords.hashers import QueuedHasher

HINT = (
    "Name those of sessions_api.passwords.hashers in PASSWORD_HASHERS: what is stored stays the "
    "same."
)


def foreign_hashers() -> str:
    """The algorithms of the hashers that are not of :mod:`sessions_api.passwords.hashers`, with
    commas."""
    return ", ".join(
        str(one.algorithm) for one in get_hashers() if not isinstance(one, QueuedHasher)
    )


@checks.register("sessions_api", deploy=True)
def check_bounds(**kwargs: object) -> list[checks.CheckMessage]:
    """W001: nothing bounds a password hasher, so logins can starve everything else."""
    if not (unbounded := foreign_hashers()):
        return []
    text = f"Nothing bounds how many passwords are hashed at once: {unbounded}."
    return [checks.Warning(text, hint=HINT, id="sessions_api.W001")]


@checks.register("sessions_api")
def check_upgrades(**kwargs: object) -> list[checks.CheckMessage]:
    """W010: a password hasher's upgrades end sessions, as new passwords do."""
    # Not by way of ApiSettings, which fails where another check names an unknown setting.
    ends = getattr(settings, SETTINGS_NAME, {}).get("PASSWORD_CHANGE_ENDS_SESSIONS", True)
    if not ends or not (foreign := foreign_hashers()):
        return []
    text = (
        f"A hash made anew for the same password ends its owner's sessions under {foreign}, as a "
        "new password does: with each version of Django, say, that hashes longer."
    )
    return [checks.Warning(text, hint=HINT, id="sessions_api.W010")]
