"""Logins to the API and Django's own ``last_login``."""

from collections.abc import Sequence

from django.contrib.auth import get_user_model, user_logged_in
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import update_last_login

#: The id under which Django connects its receiver that keeps ``last_login``.
LAST_LOGIN = "update_last_login"


def keep_last_login(sender: type[AbstractBaseUser], user: AbstractBaseUser, **what: object) -> None:
    """Do what Django's receiver does, except for logins to the API.

    These have set ``last_login`` with the session, or by ``UPDATE_LAST_LOGIN`` not at all.
    """
    if "session" not in what:
        # The type checker knows this project's user model only.
        update_last_login(sender, user, **what)  # type: ignore[arg-type]


def replace_djangos_receiver(labels: Sequence[str]) -> None:
    """Connect :func:`keep_last_login` in place of Django's receiver, under its id.

    Not where a host has disconnected that. Where the app of Django's receiver gets ready later,
    Django will find its id taken.

    :param labels: those of the installed apps, in the order in which they get ready.
    """
    if "auth" not in labels or getattr(get_user_model(), "last_login", None) is None:
        return
    comes_later = labels.index("auth") > labels.index("sessions_api")
    if user_logged_in.disconnect(dispatch_uid=LAST_LOGIN) or comes_later:
        user_logged_in.connect(keep_last_login, dispatch_uid=LAST_LOGIN)
