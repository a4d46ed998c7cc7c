"""Background threads of server processes."""

from collections.abc import Callable
from datetime import datetime
from threading import Event

from sessions_api.databases.background import BackgroundThread


def test_it_does_not_start_while_it_is_paused() -> None:
    did_it = Event()

    def work(until: Callable[[], bool]) -> datetime | None:
        did_it.set()
        return None

    thread = BackgroundThread("work", "work", work)
    with thread.paused():
        thread.wake()
        assert not did_it.wait(0.2)
    thread.wake()
    assert did_it.wait(9)
    thread.stop()
