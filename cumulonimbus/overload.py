"""Error pages for an overloaded hashing queue and an unavailable database."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from cumulonimbus.errors import database_unavailable, plain_page
from cumulonimbus.middleware import BrowserOnly
from sessions_api.databases.outages import is_unavailable
from sessions_api.exceptions import Overloaded


class OverloadMiddleware(BrowserOnly):
    """Responds with 503 on pages. API endpoints render these errors in their dialect's form."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if is_unavailable(exception):
            return database_unavailable(request, exception)
        if not isinstance(exception, Overloaded):
            return None
        text = gettext("Too many passwords are being processed. Nothing was changed; try again.")
        return plain_page(f"{text}\n", exception.status, exception.headers)
