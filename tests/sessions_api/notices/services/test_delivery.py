"""Sending: once, again after a failure, and no longer than sensible."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from sessions_api.notices.models import Notice, NoticeState
from sessions_api.notices.services.delivery import (
    FIRST_WAIT,
    LEASE,
    LONGEST_WAIT,
    MOST_FAILURES,
    RETRY_PERIOD,
    Round,
    next_due,
    retry,
    send_due,
)
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from sessions_api.testing import Clock, frozen_clock
from tests.mailers import DUMMY, LOCMEM, send_to_server, send_with
from tests.sessions_api.notices.backends import (
    BACKEND,
    Interrupted,
    Killed,
    claims_followed_by,
    kill,
    killed_after_sending,
)
from tests.sessions_api.notices.letters import letters, parsed, token_of
from tests.sessions_api.notices.mail_service import BACKEND as ANYMAIL
from tests.sessions_api.notices.mail_service import mail_service
from tests.sessions_api.notices.smtp_server import Mailbox, smtp_server

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with frozen_clock() as clock:
        yield clock


@pytest.fixture
def server(settings: Any) -> Iterator[Mailbox]:
    with smtp_server() as mailbox:
        send_to_server(settings, mailbox.port)
        yield mailbox


@pytest.fixture
def notice(ann: Any) -> Notice:
    """One that is due."""
    tell(NoticeKind.NEW_PASSWORD, ann, actor=Actor(name="the test"))
    return Notice.objects.get()


def now_of(notice: Notice) -> Notice:
    notice.refresh_from_db()
    return notice


def test_a_real_server_takes_what_a_mail_program_can_read(server: Mailbox, notice: Notice) -> None:
    assert send_due() == Round(sent=1)
    assert server.recipients == ["ann@example.com"]
    [letter] = server.mails
    assert (letter["To"], letter["Auto-Submitted"]) == ("ann@example.com", "auto-generated")
    assert letter["Subject"] == "Your password at club.example was changed"
    assert letter["Message-ID"] == f"<{notice.pk}@club.example>"
    kinds = [part.get_content_type() for part in letter.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    html = letter.get_body(("html",))
    assert html is not None
    # It fetches nothing, which would tell others when it is read.
    assert not re.search(r"src=|url\(|<script|<link|<img|@import", html.get_content())
    assert now_of(notice).state == NoticeState.SENT
    assert send_due() == Round()


def test_a_server_that_is_down_gets_it_when_it_is_back(
    clock: Clock, notice: Notice, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with smtp_server() as former:
        port = former.port
    send_to_server(settings, port)
    with caplog.at_level(logging.WARNING, "sessions_api.notices"):
        assert send_due() == Round(failed=1)
    assert (now_of(notice).state, notice.error) == (NoticeState.WAITING, "ConnectionRefusedError")
    assert f"Notice {notice.pk} was not sent" in caplog.text
    with smtp_server(port) as mailbox:
        assert send_due() == Round()
        clock.advance(FIRST_WAIT)
        assert send_due() == Round(sent=1)
        assert len(mailbox.mails) == 1
    assert (now_of(notice).state, notice.error) == (NoticeState.SENT, "")


def test_an_address_that_is_refused_keeps_nobody_else_waiting(
    server: Mailbox, notice: Notice, make_user: Callable[..., Any], clock: Clock
) -> None:
    server.refuse = "550 No such user"
    assert send_due() == Round(failed=1)
    server.refuse = ""
    dan = make_user("dan", email="dan@example.com")
    tell(NoticeKind.NEW_PASSWORD, dan, actor=Actor(name="the test"))
    assert send_due() == Round(sent=1)
    assert server.recipients == ["dan@example.com"]
    assert now_of(notice).error == "SMTPRecipientsRefused"


@pytest.mark.parametrize(
    ("answer", "tried"),
    [("550 No such user", 5), ("450 Domain not found", 5), ("421 Shutting down", MOST_FAILURES)],
)
def test_only_failures_of_the_server_keep_others_waiting(
    server: Mailbox, make_user: Callable[..., Any], answer: str, tried: int
) -> None:
    users = [make_user(f"user{n}", email=f"user{n}@example.com") for n in range(5)]
    tell(NoticeKind.BANNED, *users, actor=Actor(name="the test"))
    server.refuse = answer
    assert send_due() == Round(failed=tried, is_cut_short=tried == MOST_FAILURES)


@pytest.mark.parametrize(
    ("status", "code", "tried"),
    [
        # One that the service rejects because of earlier mails.
        (422, 406, 5),
        (422, 300, 5),
        (400, 0, 5),
        # A wrong key, too many mails, and an outage.
        (401, 10, MOST_FAILURES),
        (429, 429, MOST_FAILURES),
        (500, 500, MOST_FAILURES),
    ],
)
def test_the_same_holds_for_services_with_an_api(
    make_user: Callable[..., Any], settings: Any, status: int, code: int, tried: int
) -> None:
    users = [make_user(f"user{n}", email=f"user{n}@example.com") for n in range(5)]
    tell(NoticeKind.BANNED, *users, actor=Actor(name="the test"))
    inactive = ", ".join(user.email for user in users)
    text = f"Found inactive addresses: {inactive}. Inactive recipients have complained."
    with mail_service(status, ErrorCode=code, Message=text) as url:
        settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "secret", "POSTMARK_API_URL": url}
        send_with(settings, ANYMAIL)
        assert send_due() == Round(failed=tried, is_cut_short=tried == MOST_FAILURES)


def test_addresses_that_no_mail_can_have_keep_nobody_else_waiting(
    server: Mailbox, make_user: Callable[..., Any]
) -> None:
    hostile = [make_user(f"user{n}", email=f"user{n}@{'a' * 64}.\u00fc") for n in range(5)]
    tell(NoticeKind.BANNED, *hostile, actor=Actor(name="the test"))
    tell(NoticeKind.BANNED, make_user("dan", email="dan@example.com"), actor=Actor(name="the test"))
    outcome = send_due()
    assert server.recipients[-1:] == ["dan@example.com"]
    assert (outcome.sent, outcome.failed) == (1, 5)


class TestRetries:
    @pytest.fixture(autouse=True)
    def _down(self, settings: Any) -> None:
        send_to_server(settings, 9)  # nobody listens there

    def test_waits_grow(self, clock: Clock, notice: Notice) -> None:
        waits: list[timedelta] = []
        while now_of(notice).state == NoticeState.WAITING:
            assert notice.due_at is not None
            waits.append(notice.due_at - clock.now)
            clock.now = notice.due_at
            send_due()
        assert waits[0] == timedelta()
        assert waits[1:5] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
        assert max(waits) == LONGEST_WAIT
        assert sum(waits, timedelta()) == RETRY_PERIOD
        assert len(waits) < 40

    def test_giving_up_is_seen_and_logged(
        self, clock: Clock, notice: Notice, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock.advance(RETRY_PERIOD)
        assert send_due() == Round(given_up=1)
        assert now_of(notice).state == NoticeState.FAILED
        assert next_due() is None
        [record] = [one for one in caplog.records if one.levelname == "ERROR"]
        assert record.name == "sessions_api.notices"
        assert record.getMessage().endswith("after 1 attempts: ConnectionRefusedError")
        clock.advance(timedelta(days=9))
        assert send_due() == Round()

    def test_one_that_was_given_up_can_be_sent_again(
        self, clock: Clock, notice: Notice, settings: Any
    ) -> None:
        clock.advance(RETRY_PERIOD)
        send_due()
        assert retry(Notice.objects.all()) == 1
        assert send_due() == Round(failed=1)
        send_with(settings, LOCMEM)
        clock.advance(MINUTE * 2)
        assert send_due() == Round(sent=1)
        assert retry(Notice.objects.all()) == 0

    def test_a_server_that_refuses_is_left_alone(self, make_user: Callable[..., Any]) -> None:
        users = [make_user(f"user{n}", email=f"user{n}@example.com") for n in range(6)]
        tell(NoticeKind.BANNED, *users, actor=Actor(name="the test"))
        outcome = send_due()
        assert outcome == Round(failed=MOST_FAILURES, is_cut_short=True)
        assert Notice.objects.filter(attempts=0).count() == len(users) - MOST_FAILURES

    def test_nothing_is_logged_that_a_mail_holds(
        self, clock: Clock, notice: Notice, caplog: pytest.LogCaptureFixture, settings: Any
    ) -> None:
        send_due()
        clock.advance(RETRY_PERIOD)
        send_due()
        send_with(settings, LOCMEM)
        retry(Notice.objects.all())
        send_due()
        token = token_of(letters()[0])
        assert "ann" not in caplog.text.replace("was", "")
        assert token not in caplog.text
        assert token.partition(".")[2] not in str(Notice.objects.values().get())


class TestInterruptions:
    def test_a_process_killed_while_it_sends_loses_nothing(
        self, clock: Clock, notice: Notice, settings: Any, sent: Callable[[], list[Any]]
    ) -> None:
        send_with(settings, BACKEND)
        Interrupted.happen = kill
        with pytest.raises(Killed):
            send_due()
        send_with(settings, LOCMEM)
        # Another one does not send it as long as the first may be sending.
        clock.advance(LEASE - timedelta(seconds=1))
        assert sent() == []
        clock.advance(timedelta(seconds=1))
        assert len(sent()) == 1
        assert now_of(notice).attempts == 2

    def test_a_mail_that_comes_twice_is_the_same_with_a_link_that_works(
        self, clock: Clock, notice: Notice, mailoutbox: Any
    ) -> None:
        with pytest.raises(Killed), killed_after_sending():
            send_due()
        clock.advance(LEASE)
        assert send_due() == Round(sent=1)
        first, second = letters()
        assert parsed(first)["Message-ID"] == parsed(second)["Message-ID"]
        assert token_of(first) == token_of(second)

    def test_whoever_was_too_slow_does_not_undo_what_another_has_noted(
        self, clock: Clock, notice: Notice, settings: Any
    ) -> None:
        def another_sends() -> None:
            clock.advance(LEASE)
            send_with(settings, LOCMEM)
            assert send_due() == Round(sent=1)
            raise TimeoutError

        send_with(settings, BACKEND)
        Interrupted.happen = another_sends
        assert send_due() == Round()
        assert now_of(notice).state == NoticeState.SENT

    def test_an_account_deleted_while_its_notice_is_claimed(self, notice: Notice, ann: Any) -> None:
        with claims_followed_by(ann.delete):
            assert send_due() == Round()
        assert not Notice.objects.exists()

    def test_one_deleted_while_its_mail_is_sent(
        self, notice: Notice, ann: Any, settings: Any
    ) -> None:
        send_with(settings, BACKEND)
        Interrupted.happen = ann.delete
        assert send_due() == Round()


@pytest.mark.parametrize("lost", ["mail server", "site"])
def test_what_is_written_waits_until_the_settings_are_complete_again(
    clock: Clock, notice: Notice, settings: Any, lost: str
) -> None:
    former = settings.SESSIONS_API
    if lost == "site":
        settings.SESSIONS_API = former | {"SITE_URL": ""}
    else:
        send_with(settings, DUMMY)
    assert send_due() == Round(failed=1)
    assert now_of(notice).error == "NotConfigured"
    settings.SESSIONS_API = former
    send_with(settings, LOCMEM)
    clock.advance(MINUTE)
    assert send_due() == Round(sent=1)
