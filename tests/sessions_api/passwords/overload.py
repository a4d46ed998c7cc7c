"""Simulations of a full hashing queue."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

from django.conf import settings
from django.test import override_settings

from sessions_api.passwords.queue import run_queued

ONE_SLOT = {"HASHING_CONCURRENCY": 1, "HASHING_QUEUE_LENGTH": 0}
TIMEOUT = 30


@contextmanager
def full_queue() -> Iterator[None]:
    """Occupy the only slot within the block."""
    begun, over = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        over.wait(TIMEOUT)

    with (
        override_settings(SESSIONS_API=settings.SESSIONS_API | ONE_SLOT),
        ThreadPoolExecutor(1) as thread,
    ):
        thread.submit(run_queued, work)
        try:
            assert begun.wait(TIMEOUT)
            yield
        finally:
            over.set()


@contextmanager
def no_room_any_more() -> Iterator[None]:
    """Occupy the only slot after the request has been admitted."""
    with full_queue(), patch("sessions_api.http.gate.hashing.refusal", return_value=None):
        yield
