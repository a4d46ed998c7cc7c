"""Server processes send the notices, and lose none when they are stopped or killed."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.notices.models import Notice
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from tests.cast import PASSWORD
from tests.processes.server import IN_PRODUCTION, TIMEOUT, serve, wait_for
from tests.sessions_api.notices.smtp_server import Mailbox, smtp_server

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "https://club.example"
LOGIN = ("POST", "/login", {"username": "ann", "password": PASSWORD})


def mailing_to(mailbox: Mailbox) -> dict[str, str]:
    """The environment of a server that sends its mail there."""
    return {"EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}", "SITE_URL": SITE}


def tell_ann(ann: Any) -> Notice:
    tell(NoticeKind.NEW_PASSWORD, ann, actor=Actor(name="the test"))
    return Notice.objects.get()


def test_a_login_is_answered_before_its_notice_is_mailed(tmp_path: Path, ann: Any) -> None:
    answered = threading.Event()
    with smtp_server() as mailbox:
        mailbox.on_data = lambda: answered.wait(TIMEOUT)
        with serve(tmp_path, **mailing_to(mailbox)) as server, server.connect() as connection:
            assert connection(*LOGIN, address="198.51.100.10").status == 201
            assert connection(*LOGIN, address="203.0.113.10").status == 201
            answered.set()
            wait_for(lambda: not Notice.objects.filter(sent_at=None).exists())
    [letter] = mailbox.mails
    assert letter["Subject"] == "New login to your account at club.example"
    assert "Traceback" not in server.log.read_text()


def test_a_process_that_is_stopped_finishes_the_mail(tmp_path: Path, ann: Any) -> None:
    tell_ann(ann)
    sending, stopping = threading.Event(), threading.Event()

    def wait_for_the_stop() -> None:
        sending.set()
        stopping.wait(2)

    with smtp_server() as mailbox:
        mailbox.on_data = wait_for_the_stop
        with serve(tmp_path, **mailing_to(mailbox)) as server:
            assert sending.wait(TIMEOUT)
            # Nothing in the development server handles SIGTERM.
            server.process.send_signal(signal.SIGTERM if IN_PRODUCTION else signal.SIGINT)
            server.process.wait(TIMEOUT)
        notice = Notice.objects.get()
        assert notice.sent_at is not None
        assert len(mailbox.mails) == notice.attempts == 1


def test_what_a_killed_process_was_sending_is_sent_by_the_next(tmp_path: Path, ann: Any) -> None:
    tell_ann(ann)
    sending = threading.Event()
    killed = threading.Event()

    def wait_for_the_end() -> None:
        sending.set()
        killed.wait(TIMEOUT)

    with smtp_server() as mailbox:
        mailbox.on_data = wait_for_the_end
        with serve(tmp_path, **mailing_to(mailbox)) as server:
            assert sending.wait(TIMEOUT)
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(TIMEOUT)
        killed.set()
        notice = Notice.objects.get()
        assert (notice.sent_at, notice.attempts) == (None, 1)
        # The time in which the process had it for itself is over.
        Notice.objects.update(due_at=timezone.now())
        with serve(tmp_path, **mailing_to(mailbox)):
            wait_for(lambda: not Notice.objects.filter(sent_at=None).exists())
        first, second = mailbox.mails
        assert first["Message-ID"] == second["Message-ID"]
