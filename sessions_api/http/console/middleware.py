"""Middleware that gives each login to Django's admin a session of the console."""

from collections.abc import Awaitable, Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.deprecation import MiddlewareMixin

from sessions_api.conf import api_settings
from sessions_api.exceptions import ApiError
from sessions_api.http.console.visits import Visit, logger


class ConsoleSessionMiddleware(MiddlewareMixin):
    """Begins a session at each login to the console, and ends what Django has for it with it.

    Comes after Django's ``AuthenticationMiddleware``. A login is one that ``login()`` has made
    while the login page of an admin site answered a request, whatever class the site has. When the
    row of the session has ended, the next request of any page finds that Django's session has, too.

    The pages of admin sites take no other session of Django's for a login: neither one from before
    this middleware was installed, nor one that another page has begun without calling
    :func:`~sessions_api.http.console.logins.begin_console_session`. Nothing could end these.
    """

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        """:raises MiddlewareNotUsed: ``CONSOLE_SESSIONS`` is off."""
        if not api_settings().CONSOLE_SESSIONS:
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def process_request(self, request: HttpRequest) -> None:
        Visit(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        visit = Visit.of(request)
        if visit is None or not _is_in_console(request):
            return
        if not visit.require_session() and not _is_login_page(request):
            # %a escapes what could forge a line of the log.
            logger.warning(
                "Not from the console's login page: the Django session that asks for %a. A login "
                "of another page must call begin_console_session().",
                request.path,
            )

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        visit = Visit.of(request)
        if visit is None:
            return response
        # Django does not save its session with a response that is a failure.
        is_saved = response.status_code < 500
        if is_saved and _is_login_page(request) and visit.has_logged_in:
            try:
                visit.begin()
            except ApiError:
                # The account has changed since its password was checked: the page asks again.
                response = HttpResponseRedirect(request.get_full_path())
        is_saved &= request.session.modified or settings.SESSION_SAVE_EVERY_REQUEST
        visit.close(is_saved=is_saved)
        return response


def _is_in_console(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and "admin" in match.app_names


def _is_login_page(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and _is_in_console(request) and match.url_name == "login"
