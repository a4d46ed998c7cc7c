"""Middleware that answers probes before anything else looks at the request."""

from django.http import HttpRequest, HttpResponse, JsonResponse
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

    It belongs first in ``MIDDLEWARE``: probes come by plain HTTP, with the address of a pod or
    container as their host. They are not rate limited, not audited, and closed by no kill switch.

    ``/livez`` answers 200 if the process answers at all. ``/readyz`` answers 200 if it can serve
    requests, otherwise 503. Its JSON names the parts that fail: ``{"failing": ["database"]}``.
    Without a cache, which is named too, the process serves requests and counts them in its memory.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if (probe := PROBES.get(request.path_info)) is None:
            return None
        response = probe()
        response.headers["Cache-Control"] = "no-store"
        return response
