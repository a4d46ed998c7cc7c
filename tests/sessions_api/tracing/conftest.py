"""A service that makes spans, which are kept in memory."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

MIDDLEWARE = "sessions_api.tracing.middleware.TracingMiddleware"


@pytest.fixture(scope="session")
def exporter() -> InMemorySpanExporter:
    """The exporter of this process, whose provider can be set only once."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    given = settings.SESSIONS_API | {"TRACING": True}
    place = [settings.MIDDLEWARE[0], MIDDLEWARE, *settings.MIDDLEWARE[1:]]
    exporter.clear()
    with override_settings(SESSIONS_API=given, MIDDLEWARE=place):
        yield exporter
