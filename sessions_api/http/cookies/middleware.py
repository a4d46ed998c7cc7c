"""Middleware that finds the user of a page by the cookie."""

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from sessions_api.conf import api_settings
from sessions_api.exceptions import ApiError
from sessions_api.http.cookies.visitors import Visitor


class SessionCookieMiddleware(MiddlewareMixin):
    """Sets ``request.user`` of Django's views by the cookie, lazily.

    A request without the cookie keeps the user of Django's own session, if any. So does every view
    of Django's admin, which has its own login.

    The visitor is anonymous if the cookie is that of an ended session, of a scoped one or of a
    banned user; while the kill switch GLOBAL is on, unless they are staff; and if the method is
    unsafe and the request has no proof that it comes from a page of ours, even in a view that is
    ``csrf_exempt``.
    """

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        """:raises MiddlewareNotUsed: ``COOKIES`` is off."""
        if not api_settings().COOKIES:
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        match = request.resolver_match
        if match is not None and "admin" in match.app_names:
            return
        visitor = Visitor.introduce(request)
        request.user = SimpleLazyObject(visitor.user)  # type: ignore[assignment]
        # The stubs know this project's user model only.
        request.auser = sync_to_async(visitor.user)  # type: ignore[arg-type]

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if (visitor := Visitor.of(request)) and visitor.was_asked_for:
            patch_vary_headers(response, ["Cookie"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the response to a refusal that no view has caught; see :meth:`refuse`."""
        match exception:
            case ApiError():
                return self.refuse(request, exception)
            case _:
                return None

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Return a page that says that a request was refused. A host may override this."""
        texts = {
            429: gettext("Too many attempts. Please try again later."),
            503: gettext("This page is not available at the moment. Please try again later."),
        }
        text = texts.get(error.status, gettext("This is not possible."))
        return HttpResponse(
            f"{text}\n",
            content_type="text/plain; charset=utf-8",
            status=error.status,
            headers={"Cache-Control": "no-store", **error.headers},
        )
