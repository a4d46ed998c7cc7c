"""Several processes that send at a time."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from sessions_api.notices.models import Notice
from sessions_api.notices.services.delivery import Round, send_due
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from tests.held_up import run
from tests.sessions_api.notices.letters import letters
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def tell_each(make_user: Callable[..., Any], count: int) -> None:
    users = [make_user(f"user{n}", email=f"user{n}@example.com") for n in range(count)]
    tell(NoticeKind.BANNED, *users, actor=Actor(name="the test"))


def test_each_notice_is_sent_by_one_of_them(make_user: Callable[..., Any], mailoutbox: Any) -> None:
    tell_each(make_user, 40)
    outcomes = together(*[send_due] * 4)
    assert sum(outcome.sent for outcome in outcomes) == 40
    assert set(Counter(letter.to[0] for letter in letters()).values()) == {1}
    assert not Notice.objects.exclude(attempts=1).exists()


def test_nobody_waits_for_one_that_another_has_just_claimed(
    make_user: Callable[..., Any], mailoutbox: Any
) -> None:
    tell_each(make_user, 2)
    with transaction.atomic():
        held = Notice.objects.select_for_update().order_by("due_at", "pk").first()
        assert held is not None
        [outcome] = together(lambda: run(send_due))
    assert outcome == Round(sent=1)
    assert Notice.objects.get(due_at__isnull=False) == held
