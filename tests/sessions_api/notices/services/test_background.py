"""The thread that sends: it starts by itself, outlives failures, and ends with its process."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import transaction
from django.test import Client as HttpClient

from sessions_api.databases.background import BackgroundThread
from sessions_api.notices.models import Notice
from sessions_api.notices.receivers import resume_delivery
from sessions_api.notices.services.background import sender
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.notices import NoticeKind, tell
from tests.cumulonimbus.processes import run
from tests.mailers import send_to_server, send_with
from tests.sessions_api.notices.backends import BACKEND, Interrupted
from tests.sessions_api.notices.smtp_server import smtp_server

pytestmark = pytest.mark.django_db(transaction=True)

TIMEOUT = 20
#: Prints how many threads there are before a fork; and in the child before it wakes one, and after.
FORK = """
import os, threading
import django
django.setup()
from sessions_api.notices.services.background import sender

def threads():
    return sum(one.name == "notices" for one in threading.enumerate())

sender().wake()
print(threads(), flush=True)
child = os.fork()
if child == 0:
    inherited = threads()
    sender().wake()
    print(inherited, threads(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
CHEF = Actor(name="the test")


@pytest.fixture(autouse=True)
def _on() -> Iterator[None]:
    """The thread of this process may run, and has ended after the test."""
    sender().is_on = True
    sender().reset()
    yield
    sender().stop()
    sender().is_on = False
    sender().reset()


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def all_are_sent() -> bool:
    return not Notice.objects.filter(sent_at=None).exists()


def test_what_is_done_is_told_after_the_commit_and_nobody_waits(ann: Any, settings: Any) -> None:
    with smtp_server() as mailbox:
        answered = threading.Event()
        mailbox.on_data = lambda: answered.wait(TIMEOUT)
        send_to_server(settings, mailbox.port)
        with transaction.atomic():
            set_banned(ann, True, actor=CHEF)
            assert threads() == 0
        # The mail server does not answer before this.
        assert Notice.objects.get().sent_at is None
        answered.set()
        eventually(all_are_sent)
        assert mailbox.recipients == ["ann@example.com"]
        set_banned(ann, False, actor=CHEF)
        set_banned(ann, True, actor=CHEF)
        eventually(lambda: len(mailbox.mails) == 2)
        assert threads() == 1


def test_what_is_rolled_back_starts_nothing(ann: Any) -> None:
    with transaction.atomic():
        set_banned(ann, True, actor=CHEF)
        transaction.set_rollback(True)
    assert threads() == 0


def threads() -> int:
    return sum(one.name == "notices" for one in threading.enumerate())


def test_the_first_request_sends_what_an_earlier_process_has_left(ann: Any, settings: Any) -> None:
    request_started.connect(resume_delivery)
    sender().is_on = False
    set_banned(ann, True, actor=CHEF)
    sender().is_on = True
    with smtp_server() as mailbox:
        send_to_server(settings, mailbox.port)
        HttpClient().get("/api/")
        # A test's client is no server.
        assert threads() == 0
        environ = HttpClient().get("/api/").wsgi_request.environ
        b"".join(WSGIHandler()(environ, lambda *_: None))  # type: ignore[arg-type]
        eventually(all_are_sent)
        assert len(mailbox.mails) == 1
    assert resume_delivery not in [receiver() for _, receiver, *_ in request_started.receivers]


def test_an_outage_of_the_database_does_not_end_it(
    ann: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    tables = Notice._meta.db_table
    Notice._meta.db_table = "no_such_table"
    try:
        sender().wake()
        eventually(lambda: "Could not look for notices" in caplog.text)
    finally:
        Notice._meta.db_table = tables
    with smtp_server() as mailbox:
        send_to_server(settings, mailbox.port)
        set_banned(ann, True, actor=CHEF)
        eventually(all_are_sent)
        assert len(mailbox.mails) == 1


def test_the_end_of_a_process_waits_for_the_mail_that_is_being_sent(
    ann: Any, make_user: Callable[..., Any], settings: Any
) -> None:
    dan = make_user("dan", email="dan@example.com")
    sending = threading.Event()

    def take_time() -> None:
        sending.set()
        time.sleep(0.3)

    Interrupted.happen = take_time
    send_with(settings, BACKEND)
    tell(NoticeKind.BANNED, ann, dan, actor=CHEF)
    assert sending.wait(TIMEOUT)
    sender().stop()
    assert threads() == 0
    # The other one is left to others.
    assert Notice.objects.filter(sent_at=None, attempts=0).count() == 1
    assert Notice.objects.filter(sent_at__isnull=False).count() == 1
    sender().wake()
    assert threads() == 0


def test_a_process_without_room_for_a_thread_serves_on(caplog: pytest.LogCaptureFixture) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    BackgroundThread("test", "test", lambda _: None, NoThread).wake()
    assert "can't start new thread" in caplog.text


def test_a_forked_process_has_a_thread_of_its_own(tmp_path: Path) -> None:
    out = run("-c", FORK, DEBUG="true", STATE_DIR=str(tmp_path))
    assert out.split() == ["1", "0", "1"]
