"""Middleware that gives each request an id and, if wanted, a line in the log."""

import time
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_api.conf import api_settings
from sessions_api.logs import request_ids
from sessions_api.logs.access import log_access

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

HEADER = "X-Request-ID"


class RequestLogMiddleware:
    """Take or make the request's id, return it in ``X-Request-ID``, and log the request.

    It belongs before all middleware that may answer requests, except for health probes. The access
    line is written if ``ACCESS_LOG`` is on when the process starts.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._has_access_log = api_settings().ACCESS_LOG
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._answer(request)
        started = self._begin(request)
        response = self._get_response(request)
        assert isinstance(response, HttpResponseBase)
        return self._end(request, response, started)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        started = self._begin(request)
        response = self._get_response(request)
        assert isinstance(response, Awaitable)
        return self._end(request, await response, started)

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
