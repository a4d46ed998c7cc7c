"""What is measured in a process: the queue of hashes, where requests are counted, and the pool."""

import time
from typing import Any

import pytest
from django.test import override_settings

from sessions_api.metrics.process import SAMPLING_SECONDS, ProcessMetrics, shared_folder
from sessions_api.ratelimits.counters import charge
from sessions_api.ratelimits.windows import Counter
from sessions_api.services.ended_sessions import EndCause
from tests.sessions_api.metrics.scraping import samples, value
from tests.sessions_api.passwords.overload import full_queue

UNREACHABLE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:9/0",
    }
}


@pytest.mark.django_db
@pytest.mark.usefixtures("metrics")
def test_the_queue_of_hashes() -> None:
    assert value(samples(), "hashing_slots_taken") == 0
    with full_queue():
        found = samples()
        assert value(found, "hashing_slots_taken") == value(found, "hashing_slots") == 1
    found = samples()
    assert value(found, "hashing_slots_taken") == 0
    assert value(found, "hashing_slots") > 1


@pytest.mark.django_db
@pytest.mark.usefixtures("metrics")
def test_counting_in_memory() -> None:
    assert value(samples(), "counting_in_memory") == 0
    with override_settings(CACHES=UNREACHABLE):
        charge([Counter("x", 10, period=60, phase=0)], now=1.0)
        assert value(samples(), "counting_in_memory") == 1
    assert value(samples(), "counting_in_memory") == 0


def test_a_thread_measures_between_scrapes() -> None:
    metrics = ProcessMetrics(None)
    metrics.start_sampling()

    def slots() -> float | None:
        return metrics.registry.get_sample_value("cumulonimbus_hashing_slots_taken")

    with full_queue():
        deadline = time.monotonic() + 30 * SAMPLING_SECONDS
        while slots() != 1:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_counters_of_known_labels_begin_at_zero() -> None:
    """Prometheus misses the first increase of a counter that it has not seen before."""
    value = ProcessMetrics(None, sampling=False).registry.get_sample_value
    for cause in EndCause:
        assert value("cumulonimbus_ended_sessions_total", {"cause": cause.value}) == 0
    for status, reason in (("429", "rate_limit"), ("503", "kill_switch"), ("503", "other")):
        labels = {"status": status, "reason": reason}
        assert value("cumulonimbus_refusals_total", labels) == 0


def test_a_folder_that_cannot_be_used_does_not_stop_the_service(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    assert shared_folder(tmp_path / "file" / "metrics") is None
    assert "without METRICS_DIR" in caplog.text
    assert shared_folder(None) is None
