"""The outbox: what is written when, and what is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sessions_api.models import UserSession
from sessions_api.notices.models import Notice, NoticeState
from sessions_api.notices.services.delivery import retry
from sessions_api.notices.services.outbox import MOST_OF_A_KIND, PERIOD
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.notices import NoticeKind, suppress_notices, tell
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.services.sessions import end_sessions
from sessions_api.testing import frozen_clock
from tests.audit_outage import no_room_for_events
from tests.mailers import DUMMY, send_with
from tests.statements import statements

pytestmark = pytest.mark.django_db

CHEF = Actor(name="the test")


def tell_of_ban(user: Any) -> list[Notice]:
    tell(NoticeKind.BANNED, user, actor=CHEF)
    return list(Notice.objects.order_by("created_at"))


class TestWhoIsNotTold:
    """And what that costs: nothing."""

    def count(self, user: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            tell(NoticeKind.BANNED, user, actor=CHEF)
        return len(captured)

    @pytest.mark.parametrize(
        "address",
        [None, "", "x" * 321, "ann@example.com\nBcc: all@example.com", "ann@ex\x00ample.com"],
    )
    def test_without_an_address_that_can_be_used(self, ann: Any, address: str | None) -> None:
        ann.email = address
        assert self.count(ann) == 0

    def test_without_a_mail_server(self, ann: Any, settings: Any) -> None:
        send_with(settings, DUMMY)
        assert self.count(ann) == 0

    @pytest.mark.parametrize("given", [{"SITE_URL": ""}, {"NOTICES": ()}, {"NOTICES": ("x",)}])
    def test_without_the_settings(self, ann: Any, settings: Any, given: dict[str, Any]) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | given
        assert self.count(ann) == 0

    def test_in_a_user_model_without_addresses(self, ann: Any) -> None:
        model = get_user_model()
        model.EMAIL_FIELD = "nowhere"
        try:
            assert self.count(ann) == 0
        finally:
            model.EMAIL_FIELD = "email"

    def test_as_part_of_something_else(self, ann: Any) -> None:
        with suppress_notices(), suppress_notices():
            assert self.count(ann) == 0
        assert self.count(ann) == 2


class TestTheTransaction:
    def test_nothing_is_told_of_what_did_not_happen(self, ann: Any) -> None:
        with pytest.raises(RuntimeError), no_room_for_events():
            set_banned(ann, True, actor=CHEF)
        with transaction.atomic():
            set_banned(ann, True, actor=CHEF)
            transaction.set_rollback(True)
        assert not Notice.objects.exists()

    def test_whoever_is_deleted_is_not_written_to(self, ann: Any) -> None:
        tell_of_ban(ann)
        ann.delete()
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("owners", [1, 30])
    def test_many_owners_take_as_many_queries_as_one(
        self, make_user: Callable[..., Any], log_in: Callable[..., Any], owners: int
    ) -> None:
        for number in range(owners):
            log_in(make_user(f"user{number}", email=f"user{number}@example.com"))
        with CaptureQueriesContext(connection) as captured:
            end_sessions(UserSession.objects.all(), actor=CHEF)
        # Deleting, owners, audit, how many there are, notices.
        assert len(statements(captured)) == 5
        assert Notice.objects.count() == owners


class TestTooMany:
    def test_of_a_kind_are_held_back(self, ann: Any) -> None:
        with frozen_clock() as clock:
            for _ in range(MOST_OF_A_KIND):
                assert {one.state for one in tell_of_ban(ann)} == {NoticeState.WAITING}
                clock.advance(timedelta(seconds=1))
            *_, last = tell_of_ban(ann)
            assert last.state == NoticeState.HELD_BACK
            clock.advance(PERIOD)
            *_, last = tell_of_ban(ann)
            assert last.state == NoticeState.WAITING

    def test_after_the_account_was_secured_all_is_told_again(self, ann: Any) -> None:
        for _ in range(MOST_OF_A_KIND + 1):
            tell_of_ban(ann)
        secure_account(ann, actor=CHEF, reason="x", mark=password_mark(ann))
        *_, last = tell_of_ban(ann)
        assert last.state == NoticeState.WAITING

    def test_they_keep_no_other_kind_and_nobody_else_from_being_told(
        self, ann: Any, make_user: Callable[..., Any]
    ) -> None:
        for _ in range(MOST_OF_A_KIND + 1):
            tell_of_ban(ann)
        tell(NoticeKind.NEW_PASSWORD, ann, actor=CHEF)
        assert Notice.objects.latest("created_at").state == NoticeState.WAITING
        dan = make_user("dan", email="dan@example.com")
        tell(NoticeKind.BANNED, ann, dan, actor=CHEF)
        states = {
            one.user_id: one.state
            for one in Notice.objects.filter(kind="banned").order_by("created_at")
        }
        assert states == {ann.pk: NoticeState.HELD_BACK, dan.pk: NoticeState.WAITING}

    def test_they_can_be_sent_all_the_same(self, ann: Any, sent: Callable[[], list[Any]]) -> None:
        for _ in range(MOST_OF_A_KIND + 2):
            tell_of_ban(ann)
        assert len(sent()) == MOST_OF_A_KIND
        assert retry(Notice.objects.all()) == 2
        assert len(sent()) == 2


def test_each_state_is_found_by_its_condition(ann: Any, sent: Callable[[], list[Any]]) -> None:
    for _ in range(MOST_OF_A_KIND + 1):
        tell_of_ban(ann)
    failed, sent_one = Notice.objects.filter(due_at__isnull=False)[:2]
    Notice.objects.filter(pk=failed.pk).update(due_at=None)
    Notice.objects.filter(pk=sent_one.pk).update(due_at=None, sent_at=sent_one.created_at)
    for state in NoticeState:
        found = Notice.objects.filter(state.condition)
        assert {one.state for one in found} == {state}
