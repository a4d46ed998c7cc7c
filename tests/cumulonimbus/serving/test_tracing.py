"""Spans of a process of the project arrive at a collector."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.cumulonimbus.processes import run, setting

#: A process that serves one request, and ends.
SCRIPT = """
import io
from cumulonimbus.wsgi import application
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/robots.txt", "QUERY_STRING": "secret=1",
    "SERVER_NAME": "x", "SERVER_PORT": "80", "HTTP_HOST": "api.example.org",
    "HTTP_X_FORWARDED_PROTO": "https", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http",
    "HTTP_AUTHORIZATION": "Bearer secret",
}
print(b"".join(application(environ, lambda status, headers: print(status))))
"""


class Collector(http.server.BaseHTTPRequestHandler):
    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[http.server.HTTPServer]:
    Collector.received = []
    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_spans_arrive(production: dict[str, str], collector: http.server.HTTPServer) -> None:
    address = f"http://127.0.0.1:{collector.server_port}"
    given = {"TRACING": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": address, "CACHE_URL": ""}
    assert "200 OK" in run("-c", SCRIPT, **production | given)
    [(path, body)] = Collector.received
    assert path == "/v1/traces"
    assert b"secret" not in body
    [spans] = ExportTraceServiceRequest.FromString(body).resource_spans
    resource = {one.key: one.value.string_value for one in spans.resource.attributes}
    assert resource["service.name"] == "cumulonimbus"
    assert [span.name for span in spans.scope_spans[0].spans] == ["GET /robots.txt"]


def test_opentelemetrys_own_variables_come_first(
    production: dict[str, str], collector: http.server.HTTPServer
) -> None:
    address = f"http://127.0.0.1:{collector.server_port}"
    own = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_SERVICE_NAME": "sessions"}
    run("-c", SCRIPT, **production | own | {"TRACING": "true", "CACHE_URL": ""})
    [(_, body)] = Collector.received
    assert b"sessions" in body
    assert b"cumulonimbus.dialect" in body
    Collector.received.clear()
    never = own | {"OTEL_TRACES_SAMPLER": "always_off"}
    run("-c", SCRIPT, **production | never | {"TRACING": "true", "CACHE_URL": ""})
    assert Collector.received == []


def test_without_the_setting_nothing_is_loaded(production: dict[str, str]) -> None:
    installed = setting("[s.TRACING, *s.MIDDLEWARE]", **production)
    assert isinstance(installed, list)
    assert installed[0] is False
    assert not any("tracing" in name for name in installed[1:])
    # redis-py loads OpenTelemetry itself.
    loaded = "import sys, cumulonimbus.wsgi; print([m for m in sys.modules if 'tracing' in m])"
    assert "sessions_api.tracing" not in run("-c", loaded, **production)
