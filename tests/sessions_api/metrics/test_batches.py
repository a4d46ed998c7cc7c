"""Requests are counted in batches, once each."""

import subprocess
import sys

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from prometheus_client import CollectorRegistry

from sessions_api.metrics.requests import BATCH, RequestMetrics

#: A process that has a child between adding a request and counting it. Both tell their numbers.
FORKS = """
import os
import django
django.setup()
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry
from sessions_api.metrics.requests import RequestMetrics
registry = CollectorRegistry()
metrics = RequestMetrics(registry)
request = HttpRequest()
request.method, request.resolver_match = "GET", None
metrics.add(request, HttpResponse(), 1.0)
is_parent = os.fork()
if is_parent:
    os.wait()
metrics.count()
labels = {"endpoint": "-", "dialect": "-", "method": "GET", "status": "200"}
counted = registry.get_sample_value("cumulonimbus_requests_total", labels)
print("parent" if is_parent else "child", counted, flush=True)
"""

LABELS = {"endpoint": "-", "dialect": "-", "method": "GET", "status": "200"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> RequestMetrics:
    return RequestMetrics(registry)


def add(metrics: RequestMetrics, number: int) -> None:
    for _ in range(number):
        metrics.add(RequestFactory().get("/"), HttpResponse(), 0.25)


def counted(registry: CollectorRegistry) -> tuple[float | None, float | None]:
    """Return the number of requests, and their seconds."""
    seconds = {"endpoint": "-", "dialect": "-"}
    return (
        registry.get_sample_value("cumulonimbus_requests_total", LABELS),
        registry.get_sample_value("cumulonimbus_request_duration_seconds_sum", seconds),
    )


def test_a_full_batch_is_counted(metrics: RequestMetrics, registry: CollectorRegistry) -> None:
    add(metrics, BATCH - 1)
    assert counted(registry) == (0, 0)
    add(metrics, 1)
    assert counted(registry) == (BATCH, BATCH / 4)


def test_the_rest_is_counted_once(metrics: RequestMetrics, registry: CollectorRegistry) -> None:
    add(metrics, BATCH + 2)
    metrics.count()
    metrics.count()
    assert counted(registry) == (BATCH + 2, (BATCH + 2) / 4)


def test_a_child_does_not_count_what_its_parent_counts() -> None:
    run = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["child 0.0", "parent 1.0"]
