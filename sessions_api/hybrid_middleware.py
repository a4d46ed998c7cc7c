"""The base of middleware that wraps requests under both WSGI and ASGI."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class HybridMiddleware:
    """A middleware that takes no thread for its own work under ASGI.

    Django's ``MiddlewareMixin`` takes one for each of its hooks. Subclasses override :meth:`answer`
    and :meth:`answer_async`, which do the same.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.answer_async(request) if self._is_async else self.answer(request)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response under WSGI."""
        raise NotImplementedError

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response under ASGI."""
        raise NotImplementedError

    def pass_on(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the next middleware or the view, under WSGI."""
        response = self._get_response(request)
        assert isinstance(response, HttpResponseBase)
        return response

    async def pass_on_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the next middleware or the view, under ASGI."""
        response = self._get_response(request)
        assert isinstance(response, Awaitable)
        return await response
