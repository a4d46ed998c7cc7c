"""Middleware that gives each request an id and, if wanted, a line in the log."""

import time

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_api.conf import api_settings
from sessions_api.hybrid_middleware import GetResponse, HybridMiddleware
from sessions_api.logs import request_ids
from sessions_api.logs.access import log_access

HEADER = "X-Request-ID"


class RequestLogMiddleware(HybridMiddleware):
    """Take or make the request's id, return it in ``X-Request-ID``, and log the request.

    It belongs before all middleware that may answer requests, except for health probes. The access
    line is written if ``ACCESS_LOG`` is on when the process starts.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._has_access_log = api_settings().ACCESS_LOG

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        started = self._begin(request)
        return self._end(request, self.pass_on(request), started)

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        started = self._begin(request)
        return self._end(request, await self.pass_on_async(request), started)

    def _begin(self, request: HttpRequest) -> float:
        given = request.META.get("HTTP_X_REQUEST_ID")
        request.request_id = request_ids.begin(given)  # type: ignore[attr-defined]
        return time.perf_counter() if self._has_access_log else 0.0

    def _end(
        self, request: HttpRequest, response: HttpResponseBase, started: float
    ) -> HttpResponseBase:
        response.headers[HEADER] = request.request_id  # type: ignore[attr-defined]
        if self._has_access_log:
            log_access(request, response, time.perf_counter() - started)
        # The parts of a stream are made later, and may log as well.
        if not response.streaming:
            request_ids.end()
        return response
