"""System checks of tracing."""

from importlib.util import find_spec

from django.core import checks

from killswitches.checks import place_of, put_first
from sessions_api.checks.messages import error, warning
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings

MIDDLEWARE = "sessions_api.tracing.middleware.TracingMiddleware"


@checks.register("sessions_api")
def check_tracing(**kwargs: object) -> list[checks.CheckMessage]:
    """E054: ``TRACING`` is on, but OpenTelemetry is not installed.

    W055: ``TRACING`` is on, but the middleware that makes spans is missing.
    """
    if not (fits_settings() and api_settings().TRACING):
        return []
    if find_spec("opentelemetry") is None:
        text = "TRACING is on, but OpenTelemetry is not installed."
        return [error("E054", text, 'Install it:\npip install "cumulonimbus[opentelemetry]"')]
    if place_of(MIDDLEWARE) is None:
        text = "TRACING has no effect, because the middleware that makes spans is missing."
        return [warning("W055", text, put_first(MIDDLEWARE))]
    return []
