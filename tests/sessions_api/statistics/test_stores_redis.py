"""Statistics in Redis: processes share them, and callers cannot be identified."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from django.core.cache import caches
from redis.client import Pipeline

from sessions_api import statistics
from sessions_api.statistics import HOUR, MINUTE, Traffic
from sessions_api.statistics.recorder import Recorder
from sessions_api.statistics.stores import KEPT_CLOSED_HOURS, KEPT_HOURS, KEPT_MINUTES
from sessions_api.testing import frozen_clock
from tests.redis_cache import redis_client

NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with frozen_clock(datetime.fromtimestamp(NOW, UTC)):
        yield


@pytest.fixture
def client() -> Any:
    return redis_client()


@pytest.fixture
def processes() -> tuple[Recorder, Recorder]:
    """The recorders of two processes."""
    return Recorder(interval=None), Recorder(interval=None)


def test_processes_count_together(processes: tuple[Recorder, Recorder]) -> None:
    one, other = processes
    for user in range(20):
        one.record("a", 429, user, None)
        other.record("a", 429, user + 10, None)
        other.record("b", 200, None, "192.0.2.1")
    one.flush()
    assert other.traffic({"a", "b"}, 15) == Traffic(60, 30, 1)
    assert one.traffic({"a"}, 15) == Traffic(40, 30, 0)
    assert one.refusals([NOW // HOUR]) == {(NOW // HOUR, 429): 40}


def test_processes_count_refusals_by_switches_together(
    processes: tuple[Recorder, Recorder],
) -> None:
    minute = NOW // MINUTE
    for recorder in processes:
        recorder.record("a", 503, 1, None, 4)
        recorder.record("a", 503, 1, None, 8)
        recorder.flush()
    assert processes[0].closed(4, range(minute - 100, minute + 1)) == 2
    assert processes[1].closed(8, range(minute, minute + 1)) == 2
    assert processes[1].closed(4, range(minute - 100, minute)) == 0


def test_many_distinct_callers_are_estimated_within_a_few_percent(
    processes: tuple[Recorder, Recorder],
) -> None:
    one, other = processes
    for user in range(10_000):
        one.record("a", 200, user, None)
        other.record("a", 200, user, None)
    one.flush()
    found = other.traffic({"a"}, 15)
    assert found.requests == 20_000
    assert found.users == pytest.approx(10_000, rel=0.05)


def test_everything_expires_and_nothing_identifies_callers(client: Any) -> None:
    statistics.record("module.Class.action", 503, user=4711)
    statistics.record("module.Class.action", 503, network="192.0.2.99", closed_by=4)
    statistics.flush()

    prefix = caches["default"].make_key("{sessions_api.statistics}")
    keys = {key.decode(): client.ttl(key) for key in client.scan_iter(f"{prefix}:*")}
    minutes, days = f"{NOW // MINUTE}", f"{NOW // HOUR // 24}"
    endpoint = f"{minutes}:module.Class.action"
    assert {key.removeprefix(f"{prefix}:") for key in keys} == {
        f"requests:{minutes}",
        f"users:{endpoint}",
        f"anonymous:{endpoint}",
        f"refusals:{days}",
        f"closed:4:{NOW // HOUR}",
    }
    longest = {
        "refusals": (KEPT_HOURS + 24) * HOUR,
        "closed": (KEPT_CLOSED_HOURS + 1) * HOUR,
    }
    for key, seconds in keys.items():
        kind = key.removeprefix(f"{prefix}:").partition(":")[0]
        assert 0 < seconds <= longest.get(kind, KEPT_MINUTES * MINUTE)
        is_hash = client.type(key) == b"hash"
        kept = b" ".join(client.hgetall(key)) if is_hash else client.get(key)
        assert b"4711" not in kept
        assert b"192.0.2.99" not in kept


def test_each_operation_takes_one_round_trip() -> None:
    for number in range(50):
        statistics.record(f"endpoint-{number}", 429, user=number)
    with mock.patch.object(Pipeline, "execute", autospec=True, side_effect=Pipeline.execute) as go:
        statistics.flush()
        assert go.call_count == 1
        statistics.traffic({f"endpoint-{number}" for number in range(50)}, minutes=15)
        assert go.call_count == 2
        statistics.refusals(range(NOW // HOUR - 24, NOW // HOUR + 1))
        assert go.call_count == 3
        statistics.closed(4, range(NOW // MINUTE - 1440, NOW // MINUTE + 1))
        assert go.call_count == 4


def test_counts_are_written_when_a_process_exits() -> None:
    """The other process has the same environment, and thus the same key prefix."""
    code = f"""
import os
from types import SimpleNamespace
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from sessions_api import statistics
from sessions_api.statistics import recorder
recorder.time = SimpleNamespace(time=lambda: {NOW}, sleep=recorder.time.sleep)
statistics.record("a", 200, user=1)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    assert statistics.traffic({"a"}, minutes=1) == Traffic(1, 1, 0)
