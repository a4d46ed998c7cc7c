"""Middleware that counts requests, and shows the metrics to whoever has the token."""

import time

from asgiref.sync import sync_to_async
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from killswitches.fixed_tokens import bearer_of, is_one_of
from sessions_api.conf import api_settings
from sessions_api.hybrid_middleware import GetResponse, HybridMiddleware
from sessions_api.metrics.exposition import begin

PATH = "/metrics"
METHODS = ("GET", "HEAD")


class MetricsMiddleware(HybridMiddleware):
    """Count all requests that pass, and answer those for ``/metrics``.

    It belongs first in ``MIDDLEWARE``, after health probes: a monitoring system uses plain HTTP,
    with any host. ``/metrics`` is neither rate limited nor audited, and no kill switch closes it.
    It requires ``METRICS_TOKEN`` as a bearer token (RFC 6750). Without that setting Django leaves
    the middleware out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not api_settings().METRICS_TOKEN:
            raise MiddlewareNotUsed
        super().__init__(get_response)
        self._exposition = begin()
        self._count = self._exposition.process.count_request

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == PATH:
            return self._show(request)
        started = time.perf_counter()
        response = self.pass_on(request)
        self._count(request, response, time.perf_counter() - started)
        return response

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == PATH:
            return await sync_to_async(self._show)(request)
        started = time.perf_counter()
        response = await self.pass_on_async(request)
        self._count(request, response, time.perf_counter() - started)
        return response

    def _show(self, request: HttpRequest) -> HttpResponse:
        response = self._response(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _response(self, request: HttpRequest) -> HttpResponse:
        if not _has_token(request):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return HttpResponse(self._exposition.text(), CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(request: HttpRequest) -> bool:
    return is_one_of(bearer_of(request), [api_settings().METRICS_TOKEN])
