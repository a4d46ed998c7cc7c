"""System checks of a host's settings for passwords."""

from django.conf import settings
from django.contrib.auth.hashers import get_hashers
from django.core import checks

from sessions_api.conf import SETTINGS_NAME
from sessions_api.passwords.hashers import QueuedHasher

HINT = (
    "List the hashers of sessions_api.passwords.hashers in PASSWORD_HASHERS instead. The stored "
    "hashes are the same."
)


def foreign_hashers() -> str:
    """Return the algorithms of hashers that do not use the queue, separated by commas."""
    return ", ".join(
        str(one.algorithm) for one in get_hashers() if not isinstance(one, QueuedHasher)
    )


@checks.register("sessions_api", deploy=True)
def check_bounds(**kwargs: object) -> list[checks.CheckMessage]:
    """W001: a password hasher is not bounded by the queue, so logins can starve other requests."""
    if not (unbounded := foreign_hashers()):
        return []
    text = f"Nothing limits how many passwords are hashed at once by: {unbounded}."
    return [checks.Warning(text, hint=HINT, id="sessions_api.W001")]


@checks.register("sessions_api")
def check_upgrades(**kwargs: object) -> list[checks.CheckMessage]:
    """W010: upgrades of a password hash end sessions, as new passwords do."""
    # Not ApiSettings: it raises for an unknown setting, which another check reports.
    ends = getattr(settings, SETTINGS_NAME, {}).get("PASSWORD_CHANGE_ENDS_SESSIONS", True)
    if not ends or not (foreign := foreign_hashers()):
        return []
    text = (
        f"With {foreign}, an upgraded hash ends its owner's sessions as a new password does: for "
        "example after each version of Django that increases the iterations."
    )
    return [checks.Warning(text, hint=HINT, id="sessions_api.W010")]
