"""Requests are counted in batches, once each."""

import os

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from prometheus_client import CollectorRegistry

from sessions_api.metrics.requests import BATCH, RequestMetrics

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


# Other tests may have left threads, which the child does not need.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_does_not_count_what_its_parent_counts(
    metrics: RequestMetrics, registry: CollectorRegistry
) -> None:
    add(metrics, 2)
    child = os.fork()
    if child == 0:
        metrics.count()
        os._exit(int(counted(registry) != (0, 0)))
    _, status = os.waitpid(child, 0)
    assert status == 0
    metrics.count()
    assert counted(registry) == (2, 0.5)
