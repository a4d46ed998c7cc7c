"""Middleware that answers probes before other middleware processes the request."""

from collections.abc import Awaitable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin

from sessions_api.health.readiness import monitor


def _live() -> HttpResponse:
    return JsonResponse({})


def _ready() -> HttpResponse:
    readiness = monitor.readiness()
    status = 200 if readiness.ready else 503
    return JsonResponse({"failing": readiness.failing}, status=status)


PROBES = {"/livez": _live, "/readyz": _ready}


class HealthMiddleware(MiddlewareMixin):
    """Answer ``/livez`` and ``/readyz`` whatever the method and host of the request.

    It belongs first in ``MIDDLEWARE``: probes use plain HTTP, with the address of a pod or
    container as their host. They are neither rate limited nor audited, and no kill switch closes
    them.

    ``/livez`` answers 200 if the process answers at all. ``/readyz`` answers 200 if it can serve
    requests, otherwise 503. Its JSON names the parts that fail: ``{"failing": ["database"]}``.
    Without the cache, which is named too, the process can serve: it counts requests in its memory.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        # All other requests go on at once: under ASGI, process_request() takes a thread.
        if request.path_info not in PROBES:
            return self.get_response(request)
        return super().__call__(request)

    def process_request(self, request: HttpRequest) -> HttpResponse:
        response = PROBES[request.path_info]()
        response.headers["Cache-Control"] = "no-store"
        return response
