"""System check of sessions of the console."""

from django.conf import settings
from django.core import checks

from killswitches.checks import add_to, place_of
from sessions_api.checks.messages import error
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings

CONSOLE = "sessions_api.http.console.middleware.ConsoleSessionMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


@checks.register("sessions_api")
def check_console(**kwargs: object) -> list[checks.CheckMessage]:
    """E034: ``CONSOLE_SESSIONS`` is on, but its middleware is missing or comes too early."""
    if not (fits_settings() and api_settings().CONSOLE_SESSIONS):
        return []
    after, place = place_of(AUTHENTICATION), place_of(CONSOLE)
    if place is not None and after is not None and after < place:
        return []
    text = (
        "CONSOLE_SESSIONS is on, but no login to the admin becomes a session: the middleware is "
        "missing, or comes before Django's AuthenticationMiddleware."
    )
    name = CONSOLE if place is None else settings.MIDDLEWARE[place]
    lines = [] if place is None else [f'MIDDLEWARE.remove("{name}")']
    return [error("E034", text, add_to("settings.py", *lines, f'MIDDLEWARE += ["{name}"]'))]
