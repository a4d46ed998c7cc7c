"""Middleware that makes a span of each request."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from sessions_api import __version__
from sessions_api.conf import api_settings
from sessions_api.hybrid_middleware import GetResponse, HybridMiddleware
from sessions_api.logs.access import NONE
from sessions_api.metrics.labels import endpoint_of, method_of

#: The headers of W3C Trace Context.
HEADERS = ("traceparent", "tracestate")


class TracingMiddleware(HybridMiddleware):
    """Make a span of each request, by OpenTelemetry's conventions for HTTP servers.

    It has the method, the route, the dialect, the status and the request's id. Paths, queries,
    headers, addresses and users, which may be secret or personal, are left out; so are SQL
    statements. Spans that a host's own code begins are its children. The span belongs to the trace
    that ``traceparent`` names, if there is one.

    Spans go where the process's tracer provider sends them. If ``TRACING`` is off, Django leaves
    the middleware out. It belongs behind those that answer probes and scrapes, and in front of the
    one that gives requests their ids.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not api_settings().TRACING:
            raise MiddlewareNotUsed
        super().__init__(get_response)
        self._tracer = trace.get_tracer("sessions_api", __version__)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        with self._span(request) as span:
            response = self.pass_on(request)
            _describe(span, request, response)
        return response

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        with self._span(request) as span:
            response = await self.pass_on_async(request)
            _describe(span, request, response)
        return response

    @contextmanager
    def _span(self, request: HttpRequest) -> Iterator[Span]:
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        with self._tracer.start_as_current_span(
            method_of(request),
            context=propagate.extract(headers),
            kind=SpanKind.SERVER,
            # Messages of errors may contain anything.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span


def _describe(span: Span, request: HttpRequest, response: HttpResponseBase) -> None:
    if not span.is_recording():
        return
    method, (endpoint, dialect) = method_of(request), endpoint_of(request)
    status = response.status_code
    attributes: dict[str, str | int] = {
        # As the conventions have it for other methods than HTTP's own.
        "http.request.method": "_OTHER" if method == NONE else method,
        "http.response.status_code": status,
        "cumulonimbus.dialect": dialect,
        "cumulonimbus.request_id": getattr(request, "request_id", ""),
    }
    if endpoint != NONE:
        attributes["http.route"] = endpoint
        span.update_name(f"{method} {endpoint}")
    if status >= 500:
        attributes["error.type"] = str(status)
        span.set_status(StatusCode.ERROR)
    span.set_attributes(attributes)
