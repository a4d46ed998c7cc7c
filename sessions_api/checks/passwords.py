"""System checks of a host's settings for passwords."""

from django.contrib.auth.hashers import get_hashers
from django.core import checks

from killswitches.checks import add_to
from sessions_api.checks.messages import warning
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings
from sessions_api.passwords.hashers import QueuedHasher

HINT = add_to(
    "settings.py; stored hashes stay valid",
    "from sessions_api.passwords import HASHERS",
    "PASSWORD_HASHERS = HASHERS",
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
    return [warning("W001", text, HINT)]


@checks.register("sessions_api")
def check_upgrades(**kwargs: object) -> list[checks.CheckMessage]:
    """W010: upgrades of a password hash end sessions, as new passwords do."""
    if not (fits_settings() and api_settings().PASSWORD_CHANGE_ENDS_SESSIONS):
        return []
    if not (foreign := foreign_hashers()):
        return []
    text = (
        f"With {foreign}, an upgraded hash ends its owner's sessions as a new password does: for "
        "example after each version of Django that increases the iterations."
    )
    return [warning("W010", text, HINT)]
