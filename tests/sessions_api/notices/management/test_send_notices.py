"""The command for cron."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sessions_api.notices.models import Notice
from sessions_api.notices.services.delivery import RETRY_PERIOD
from sessions_api.notices.services.outbox import MOST_OF_A_KIND, write_new_password_link
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from sessions_api.testing import frozen_clock
from tests.mailers import LOCMEM, send_to_server, send_with

pytestmark = pytest.mark.django_db


def run(**options: Any) -> str:
    out = StringIO()
    call_command("send_notices", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def tell_ann(ann: Any) -> Callable[[], None]:
    return lambda: tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))


def test_it_says_how_many_were_sent_and_nothing_if_none_was(
    tell_ann: Callable[[], None], mailoutbox: Any
) -> None:
    assert run() == ""
    tell_ann(), tell_ann()
    assert run() == "Notices sent: 2\n"
    assert len(mailoutbox) == 2
    assert run() == ""


def test_failures_are_errors_which_cron_mails(tell_ann: Callable[[], None], settings: Any) -> None:
    with frozen_clock() as clock:
        tell_ann()
        send_to_server(settings, 9)
        with pytest.raises(CommandError, match="1 will be tried again, 0 were given up"):
            run()
        clock.advance(RETRY_PERIOD)
        with pytest.raises(CommandError, match="0 will be tried again, 1 were given up"):
            run()
        send_with(settings, LOCMEM)
        clock.advance(timedelta(days=1))
        assert run() == ""
        assert run(retry_failed=True) == "Notices sent: 1\n"


def test_withdrawn_ones_are_no_errors(ann: Any, mailoutbox: Any) -> None:
    write_new_password_link(ann, "another@example.com")
    assert run() == "Notices withdrawn: 1\n"
    assert mailoutbox == []
    assert run() == ""


def test_a_dry_run_counts(tell_ann: Callable[[], None], mailoutbox: Any) -> None:
    for _ in range(MOST_OF_A_KIND + 1):
        tell_ann()
    assert run(dry_run=True) == "waiting: 10\nsent: 0\nfailed: 0\nheld_back: 1\n"
    assert mailoutbox == []
    run()
    assert run(dry_run=True) == "waiting: 0\nsent: 10\nfailed: 0\nheld_back: 1\n"


def test_old_ones_are_pruned_and_those_that_wait_are_not(
    tell_ann: Callable[[], None], mailoutbox: Any
) -> None:
    with frozen_clock() as clock:
        tell_ann(), tell_ann()
        Notice.objects.filter(pk=Notice.objects.first().pk).update(due_at=None)  # type: ignore
        clock.advance(timedelta(days=29))
        call_command("prune_sessions", stdout=StringIO())
        assert Notice.objects.count() == 2
        clock.advance(timedelta(days=2))
        out = StringIO()
        call_command("prune_sessions", stdout=out)
        assert "Old notices removed: 1\n" in out.getvalue()
        assert Notice.objects.get().due_at is not None
