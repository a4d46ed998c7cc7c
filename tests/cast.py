"""The password of the cast in ``conftest.py``, and the permissions of staff."""

from typing import Any

from django.contrib.auth.models import Permission

from sessions_api.accounts import privileges
from sessions_api.incidents.privileges import CHANGE_INCIDENTS, OPEN_INCIDENTS, VIEW_INCIDENTS
from sessions_api.second_factors.privileges import REMOVE_SECOND_FACTORS, VIEW_SECOND_FACTORS

PASSWORD = "correct horse battery staple"

#: The permissions for staff endpoints that read, and for those that change something.
LOOKING = (
    privileges.VIEW_SESSIONS,
    VIEW_SECOND_FACTORS,
    privileges.VIEW_KILL_SWITCHES,
    privileges.permission_on_accounts("view"),
    VIEW_INCIDENTS,
)

DOING = (
    privileges.END_SESSIONS,
    REMOVE_SECOND_FACTORS,
    privileges.FLIP_KILL_SWITCHES,
    privileges.permission_on_accounts("change"),
    OPEN_INCIDENTS,
    CHANGE_INCIDENTS,
)


def allow(user: Any, *permissions: str) -> Any:
    """Give permissions to a user and return the user.

    :param permissions: the full names, ``app.codename``.
    """
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user
