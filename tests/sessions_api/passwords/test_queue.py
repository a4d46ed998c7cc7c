"""The hashing queue: concurrency, waiting, and refusals."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from math import nan
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.core.checks import run_checks

from sessions_api.conf import api_settings
from sessions_api.exceptions import Overloaded
from sessions_api.passwords.queue import NICENESS, HashingQueue, run_queued
from tests.cast import PASSWORD

TIMEOUT = 30


class Work:
    """Work that runs until it is released, and counts how much of it runs concurrently."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.begun = threading.Semaphore(0)
        self.begins = 0
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self.begins += 1
            self.running += 1
            self.most = max(self.most, self.running)
        self.begun.release()
        assert self.may_end.wait(TIMEOUT)
        with self._lock:
            self.running -= 1
        return threading.get_native_id()


@contextmanager
def queue(at_once: int = 1, waiting: int = 0, timeout: float = TIMEOUT) -> Iterator[HashingQueue]:
    made = HashingQueue(
        replace(
            api_settings(),
            HASHING_CONCURRENCY=at_once,
            HASHING_QUEUE_LENGTH=waiting,
            HASHING_QUEUE_TIMEOUT=timeout,
        )
    )
    yield made
    made.close()


def test_concurrency_and_length_are_limited() -> None:
    work = Work()
    with queue(at_once=2, waiting=3) as places, ThreadPoolExecutor(5) as callers:
        running = [callers.submit(places.run, work) for _ in range(2)]
        for _ in running:
            assert work.begun.acquire(timeout=TIMEOUT)
        waiting = [callers.submit(places.run, work) for _ in range(3)]
        deadline = time.monotonic() + TIMEOUT
        while not places.refusal() and time.monotonic() < deadline:
            time.sleep(0.001)
        with pytest.raises(Overloaded):
            places.run(work)
        work.may_end.set()
        assert all(one.result(TIMEOUT) for one in [*running, *waiting])
        assert (work.begins, work.most) == (5, 2)
        # All slots are free again.
        assert [places.run(int, "7") for _ in range(9)] == [7] * 9


def test_work_that_waits_too_long_is_refused_and_not_started() -> None:
    work = Work()
    with queue(waiting=1, timeout=0.05) as places, ThreadPoolExecutor(1) as callers:
        running = callers.submit(places.run, work)
        assert work.begun.acquire(timeout=TIMEOUT)
        with pytest.raises(Overloaded) as refusal:
            places.run(work)
        assert refusal.value.headers == {"Retry-After": "1"}
        work.may_end.set()
        # The timeout is for waiting. Running work is finished, however long it takes.
        assert running.result(TIMEOUT)
        assert work.begins == 1
        assert places.run(int, "7") == 7


def test_an_error_is_raised_to_the_caller_and_frees_the_slot() -> None:
    with queue() as places:
        for _ in range(3):
            with pytest.raises(ValueError, match="invalid literal"):
                places.run(int, "x")


@pytest.mark.skipif(sys.platform != "linux", reason="Threads have no niceness of their own there.")
def test_hashing_threads_have_low_priority() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    with queue() as places:
        assert places.run(niceness) == min(19, niceness() + NICENESS)


def test_a_forked_process_can_hash() -> None:
    assert run_queued(int, "7") == 7
    child = os.fork()
    if child == 0:
        try:
            os._exit(run_queued(int, "7"))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7


@pytest.mark.parametrize("algorithm", ["argon2", "pbkdf2_sha256", "pbkdf2_sha1", "scrypt"])
def test_stored_hashes_are_the_same_as_djangos(algorithm: str, settings: Any) -> None:
    ours = hashers.make_password(PASSWORD, hasher=algorithm)
    settings.PASSWORD_HASHERS = [
        f"django.contrib.auth.hashers.{name}"
        for name in (
            "Argon2PasswordHasher",
            "PBKDF2PasswordHasher",
            "PBKDF2SHA1PasswordHasher",
            "ScryptPasswordHasher",
        )
    ]
    assert hashers.check_password(PASSWORD, ours)
    assert not hashers.check_password("a guess", ours)


class TestChecks:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"HASHING_CONCURRENCY": 0},
            {"HASHING_QUEUE_LENGTH": -1},
            {"HASHING_QUEUE_TIMEOUT": 0},
            {"HASHING_QUEUE_TIMEOUT": nan},
        ],
    )
    def test_settings_that_allow_no_hash_are_reported(
        self, settings: Any, wrong: dict[str, Any]
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | wrong
        assert [found.id for found in run_checks(tags=["sessions_api"])] == ["sessions_api.E009"]

    def test_the_timeout_may_be_an_integer(self, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"HASHING_QUEUE_TIMEOUT": 3}
        assert run_checks(tags=["sessions_api"]) == []

    def test_other_hashers_are_reported(self, settings: Any) -> None:
        def found() -> list[str | None]:
            checked = run_checks(tags=["sessions_api"], include_deployment_checks=True)
            return [one.id for one in checked if one.id == "sessions_api.W001"]

        assert found() == []
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
        assert found() == ["sessions_api.W001"]
