"""Requests are counted in batches, once each."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from prometheus_client import CollectorRegistry

from sessions_api.metrics.files import FilesCollector
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

#: A process that ends with requests that it has not counted. It has children before, which end as
#: well; or such a process is itself a child of multiprocessing, as are workers of granian.
ENDS = """
import multiprocessing, os, sys
from pathlib import Path
import django
django.setup()
from django.http import HttpRequest, HttpResponse
from sessions_api.metrics.process import ProcessMetrics
from sessions_api.metrics.workers import SharedFolder
request = HttpRequest()
request.method, request.resolver_match = "GET", None
def count():
    metrics = ProcessMetrics(SharedFolder(Path(sys.argv[1])), sampling=False)
    for _ in range(3):
        metrics.count_request(request, HttpResponse(), 1.0)
def serve(is_counting):
    if is_counting:
        count()
multiprocessing.set_start_method("fork")
def run(is_counting):
    child = multiprocessing.Process(target=serve, args=[is_counting])
    child.start()
    child.join()
if sys.argv[2] == "multiprocessing":
    run(True)
else:
    count()
    run(False)
    if os.fork():
        os.wait()
sys.exit(0)
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


def test_under_asgi_each_is_counted_at_once(
    metrics: RequestMetrics, registry: CollectorRegistry
) -> None:
    """uvicorn's workers could not count the rest when they end."""
    metrics.add(AsyncRequestFactory().get("/"), HttpResponse(), 0.25)
    assert counted(registry) == (1, 0.25)


@pytest.mark.parametrize("kind", ["alone", "multiprocessing"])
def test_a_process_that_ends_counts_the_rest(
    tmp_path: Path, registry: CollectorRegistry, kind: str
) -> None:
    subprocess.run([sys.executable, "-c", ENDS, str(tmp_path), kind], check=True)
    registry.register(FilesCollector(tmp_path))
    assert counted(registry) == (3, 3.0)
