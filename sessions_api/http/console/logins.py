"""For login pages of hosts: a login that is not made at the console's own page."""

from django.http import HttpRequest

from sessions_api.http.console.visits import Visit
from sessions_api.models import UserSession


def begin_console_session(request: HttpRequest) -> UserSession | None:
    """Have a login of Django's open the console, after ``login(request, user)``.

    The session is listed and ended like any other. Call it where somebody has proved who they are
    as the console demands, for example on the page that single sign-on returns to.

    :returns: the session; None if ``CONSOLE_SESSIONS`` is off.
    :raises ApiError: the account has been deleted or banned, or its password has changed, since the
        login was checked; nobody is logged in then.
    """
    visit = Visit.of(request)
    return None if visit is None else visit.begin()


def console_session(request: HttpRequest) -> UserSession | None:
    """Return the session of the console that a request came with; None if there is none."""
    visit = Visit.of(request)
    if visit is None:
        return None
    visit.user()
    return visit.session
