"""Counters in Redis: processes share them, and the server can fail and recover.

These tests are collected if the suite runs on Redis.
"""

import logging
import multiprocessing
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import redis
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings
from redis.crc import key_slot

from sessions_api.ratelimits import counters
from sessions_api.ratelimits import reservations as ratelimits
from sessions_api.ratelimits.counters import Tally
from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.reservations import Quota, counter_of, reserve
from sessions_api.ratelimits.windows import Counter, Window
from tests.outages.redis_server import Server, counted_in
from tests.rate_clock import rates_counted_by
from tests.redis_cache import redis_client

pytestmark = pytest.mark.ratelimited

ON_REDIS = settings.CACHES["default"]["BACKEND"].endswith(".RedisCache")
LIMIT = 4
WAIT = 30.0
OFTEN = 200


def frozen(now: float) -> Any:
    return rates_counted_by(mock.Mock(**{"time.return_value": now}))


def charge(wanted: Sequence[Counter]) -> Tally:
    """Charge with a wrong clock of the host, which must be ignored."""
    return counters.charge(wanted, now=12.5)


def refund(tally: Tally, wanted: Sequence[Counter]) -> None:
    tally.refund([Window(counter, counter.last_second(tally.now)) for counter in wanted])


@pytest.fixture
def now() -> Iterator[float]:
    """Freeze the clock, so that no window ends during a test, and return its time."""
    now = time.time()
    with frozen(now):
        yield now


@pytest.fixture
def quota(now: float) -> Quota:
    return Quota("login", uuid.uuid4().hex, Rate(LIMIT, 300))


def admitted_in_parallel(quota: Quota, attempts: int) -> int:
    with ThreadPoolExecutor(attempts) as threads:
        reservations = list(threads.map(lambda _: reserve([quota]), range(attempts)))
    return sum(reservation.refused is None for reservation in reservations)


def admitted_in_process(
    caches_setting: dict[str, Any], quota: Quota, now: float, barrier: Any, answers: Any
) -> None:
    """Run in a separate process."""
    with override_settings(CACHES=caches_setting), frozen(now):
        barrier.wait(WAIT)
        answers.put(admitted_in_parallel(quota, 15))


def charge_often() -> None:
    counter = Counter(uuid.uuid4().hex, 1000, period=60, phase=0)
    assert [charge([counter]).counts for _ in range(OFTEN)] == [[n + 1] for n in range(OFTEN)]


class TestSharing:
    __test__ = ON_REDIS

    def test_processes(self, now: float, quota: Quota) -> None:
        context = multiprocessing.get_context("spawn")
        barrier, answers = context.Barrier(3), context.Queue()
        arguments = (settings.CACHES, quota, now, barrier, answers)
        processes = [context.Process(target=admitted_in_process, args=arguments) for _ in range(3)]
        for process in processes:
            process.start()
        assert sum(answers.get(timeout=WAIT) for _ in processes) == LIMIT
        for process in processes:
            process.join(WAIT)
        assert reserve([quota]).refused, "they counted where this process counts"

    def test_one_round_trip(self) -> None:
        wanted = [Counter(uuid.uuid4().hex, LIMIT, period=60, phase=0) for _ in range(3)]
        # Loads the scripts.
        refund(charge(wanted), wanted)
        send = redis.Connection.send_packed_command
        with mock.patch.object(
            redis.Connection, "send_packed_command", autospec=True, side_effect=send
        ) as sent:
            tally = charge(wanted)
            assert sent.call_count == 1
            refund(tally, wanted)
            assert sent.call_count == 2
        assert tally.counts == [1, 1, 1]

    @pytest.mark.parametrize("lost", ["connection", "scripts"])
    def test_the_server_loses_scripts_or_connections(
        self, lost: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        counter = Counter(uuid.uuid4().hex, LIMIT, period=60, phase=0)
        # The server may be shared.
        named = settings.CACHES["default"] | {"OPTIONS": {"client_name": counter.key}}
        with override_settings(CACHES={"default": named}), redis_client() as operator:
            charge([counter])
            if lost == "connection":
                ours = [one for one in operator.client_list() if one["name"] == counter.key]
                assert ours
                for one in ours:
                    operator.client_kill_filter(_id=one["id"])
            else:
                operator.script_flush()
            assert charge([counter]).counts == [2]
        assert not caplog.records

    def test_the_driver_without_hiredis(self, monkeypatch: pytest.MonkeyPatch) -> None:
        counter = Counter(uuid.uuid4().hex, LIMIT, period=60, phase=0)
        assert charge([counter]).counts == [1]
        monkeypatch.setattr("sessions_api.ratelimits.redis_counters.hiredis", None)
        assert charge([counter]).counts == [2]

    def test_a_forked_process_has_its_own_connections(self) -> None:
        charge_often()
        process = multiprocessing.get_context("fork").Process(target=charge_often)
        process.start()
        charge_often()
        process.join(WAIT)
        assert process.exitcode == 0

    def test_counters_expire_and_refunds_do_not_revive_them(self) -> None:
        counter = Counter(uuid.uuid4().hex, LIMIT, period=60, phase=0)
        cache: Any = caches["default"]
        key = cache.make_key(counter.key)
        tally = charge([counter])
        client = redis_client()
        assert 60 < client.ttl(key) <= 65
        zero = counter.last_second(tally.now) * 2**21
        assert int(client.get(key)) == zero + 1
        for _ in range(3):
            refund(tally, [counter])
        assert int(client.get(key)) == zero
        client.delete(key)
        refund(tally, [counter])
        assert not client.exists(key)


class TestClock:
    """Windows follow the server's clock, not the hosts'."""

    __test__ = ON_REDIS

    def test_hosts_whose_clocks_differ_count_in_one_window(self, now: float, quota: Quota) -> None:
        resets, refused = set(), []
        for ahead in (0, 10, 400, -1000):
            # Redis still uses the outer clock.
            clock = mock.Mock(**{"time.return_value": now + ahead})
            with mock.patch.object(ratelimits, "time", clock):
                free = reserve([quota])
                resets.add(free.headers()["RateLimit-Reset"])
                free.refund()
                refused.append(reserve([quota]).refused is not None)
        assert refused == [False] * LIMIT
        assert len(resets) == 1
        assert reserve([quota]).refused

    def test_a_new_window_begins_by_the_servers_clock(self) -> None:
        second = 1_800_000_000
        counter = Counter(uuid.uuid4().hex, 1, period=10, phase=second - 1)
        moments = [second + 0.0, second + 9.999999, second + 10.0, second + 19.9, second + 5.0]
        counts = []
        for moment in moments:
            with frozen(moment):
                counts.append(charge([counter]).counts)
        assert counts == [[1], [2], [1], [2], [1]]

    def test_a_refund_does_not_affect_other_windows(self) -> None:
        second = 1_800_000_000
        counter = Counter(uuid.uuid4().hex, LIMIT, period=10, phase=second - 1)
        with frozen(second + 9.0):
            early = charge([counter])
        with frozen(second + 10.0):
            assert charge([counter]).counts == [1]
            refund(early, [counter])
            assert charge([counter]).counts == [2]

    def test_all_keys_are_in_one_slot(self, quota: Quota) -> None:
        quotas = [quota, quota._replace(identity="another"), quota._replace(bucket="all")]
        cache: Any = caches["default"]
        keys = [cache.make_key(counter_of(each).key) for each in quotas]
        assert len(set(keys)) == 3
        assert len({key_slot(key.encode()) for key in keys}) == 1


class TestOutage:
    __test__ = ON_REDIS

    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Server]:
        with counted_in(Server(tmp_path)) as server:
            yield server

    def test_counting_continues_in_memory_and_returns_to_redis(
        self,
        server: Server,
        quota: Quota,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def levels() -> list[int]:
            return [r.levelno for r in caplog.records if r.name == counters.logger.name]

        monkeypatch.setattr(counters, "RETRY_SECONDS", 0.2)
        early = reserve([quota])
        assert admitted_in_parallel(quota, 10) == LIMIT - 1
        assert levels() == []

        with ThreadPoolExecutor(8) as threads:
            others = [Quota("all", uuid.uuid4().hex, Rate(1000, 300)) for _ in range(8)]
            calls = [threads.submit(reserve, [other]) for other in others * 20]
            server.kill()
            calls += [threads.submit(reserve, [quota]) for _ in range(40)]
            reservations = [call.result(WAIT) for call in calls]
        let_in = [reservation.refused is None for reservation in reservations]
        assert all(let_in[:160])
        assert sum(let_in[160:]) == LIMIT
        assert levels() == [logging.ERROR]

        server.start()
        time.sleep(0.25)
        assert admitted_in_parallel(quota, 1) == 1, "the server has forgotten everything"
        assert server.keys() == 1
        early.refund()
        assert admitted_in_parallel(quota, 10) == LIMIT - 1
        assert levels() == [logging.ERROR, logging.WARNING]

    def test_only_one_request_waits_for_a_server_that_does_not_respond(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        counter = Counter(uuid.uuid4().hex, LIMIT, period=60, phase=0)
        charge([counter])
        began = time.monotonic()
        with server.asleep():
            assert charge([counter]).counts == [1], "in memory"
            waited = time.monotonic() - began
        assert 1 <= waited < 1.9
        assert [r.levelno for r in caplog.records if r.name == counters.logger.name] == [
            logging.ERROR
        ]
