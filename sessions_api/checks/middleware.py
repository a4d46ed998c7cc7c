"""System checks of ``MIDDLEWARE``."""

from django.apps import apps
from django.conf import settings
from django.core import checks

from killswitches.checks import place_of, put_first
from sessions_api.checks.messages import warning
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings

CORS = "corsheaders.middleware.CorsMiddleware"
INPUT = "sessions_api.http.middleware.UnstorableInputMiddleware"
LOG = "sessions_api.logs.middleware.RequestLogMiddleware"
#: They may redirect.
REDIRECTING = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
)


@checks.register("sessions_api")
def check_cors(**kwargs: object) -> list[checks.CheckMessage]:
    """W017: django-cors-headers is installed, but its middleware is missing or comes too late."""
    if not apps.is_installed("corsheaders"):
        return []
    place = place_of(CORS)
    if place is None:
        text = "Pages of other origins cannot call the API: the middleware for CORS is missing."
        return [warning("W017", text, put_first(CORS))]
    before = [other for one in REDIRECTING if (other := place_of(one)) is not None]
    if any(other < place for other in before):
        text = "The middleware for CORS must come first: no preflight follows a redirect."
        name = settings.MIDDLEWARE[place]
        return [warning("W017", text, put_first(name, f'MIDDLEWARE.remove("{name}")'))]
    return []


@checks.register("sessions_api", deploy=True)
def check_input(**kwargs: object) -> list[checks.CheckMessage]:
    """W018: pages of Django's admin answer 500 to input that no database can take."""
    if not apps.is_installed("django.contrib.admin") or place_of(INPUT) is not None:
        return []
    text = "Pages of Django's admin answer 500 to input that no database can take, such as a NUL."
    return [warning("W018", text, put_first(INPUT))]


@checks.register("sessions_api")
def check_access_log(**kwargs: object) -> list[checks.CheckMessage]:
    """W034: ``ACCESS_LOG`` is on, but the middleware that logs requests is missing."""
    if not (fits_settings() and api_settings().ACCESS_LOG) or place_of(LOG) is not None:
        return []
    text = "ACCESS_LOG has no effect, because the middleware that logs requests is missing."
    return [warning("W034", text, put_first(LOG))]
