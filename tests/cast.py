"""What the cast have in common: a password, and what staff may do over REST."""

from typing import Any

from django.contrib.auth.models import Permission

from sessions_api.accounts import privileges
from sessions_api.second_factors.privileges import REMOVE_SECOND_FACTORS, VIEW_SECOND_FACTORS

PASSWORD = "correct horse battery staple"

#: What staff may look at over REST, and what they may do there.
LOOKING = (
    privileges.VIEW_SESSIONS,
    VIEW_SECOND_FACTORS,
    privileges.VIEW_KILL_SWITCHES,
)

DOING = (
    privileges.END_SESSIONS,
    REMOVE_SECOND_FACTORS,
    privileges.FLIP_KILL_SWITCHES,
)


def allow(user: Any, *permissions: str) -> Any:
    """The user, who has been given these permissions, by their full names."""
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user
