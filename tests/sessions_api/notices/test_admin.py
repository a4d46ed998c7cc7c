"""Notices in the admin: what was sent when, what waits, and what has failed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.notices.models import Notice, NoticeState
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from tests.admin_paths import NOTICES
from tests.browser import browser_of, page_of, said, select
from tests.sessions_api.notices.letters import token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(staff: Any) -> Browser:
    """Of staff who may look at notices, and have them sent again."""
    return browser_of(staff, "view_notice", "change_notice", "view_user")


@pytest.fixture
def window(helper: Any) -> Browser:
    """Of staff who may only look at them."""
    return browser_of(helper, "view_notice")


@pytest.fixture
def dan(make_user: Callable[..., Any]) -> Any:
    return make_user("dan", email="dan@example.com")


@pytest.fixture
def rows(ann: Any, dan: Any) -> dict[str, Notice]:
    """One in each state, and one of somebody else."""
    for _ in range(3):
        tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))
    tell(NoticeKind.NEW_PASSWORD, dan, actor=Actor(name="the test"))
    waiting, failed, held = Notice.objects.filter(user=ann)
    of_dan = Notice.objects.get(user=dan)
    Notice.objects.filter(pk=failed.pk).update(due_at=None, attempts=9, error="TimeoutError")
    Notice.objects.filter(pk=held.pk).update(due_at=None, is_held_back=True)
    Notice.objects.filter(pk=of_dan.pk).update(due_at=None, sent_at=timezone.now())
    return {"waiting": waiting, "failed": failed, "held_back": held, "sent": of_dan}


def shown(page: Any) -> set[Notice]:
    assert page.status_code == 200
    return set(page.context["cl"].result_list)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"waiting", "failed", "held_back", "sent"}),
        ({"q": "ann"}, {"waiting", "failed", "held_back"}),
        ({"q": "dan@example.com"}, {"sent"}),
        ({"q": "nobody"}, set()),
        ({"kind": "new_password"}, {"sent"}),
        ({"kind": "rubbish"}, set()),
        *[({"state": state.value}, {state.value}) for state in NoticeState],
        ({"state": "rubbish"}, set()),
        ({"q": "ann", "state": "failed"}, {"failed"}),
        ({"user": "0"}, set()),
    ],
)
def test_the_list(
    window: Browser, rows: dict[str, Notice], query: dict[str, str], names: set[str]
) -> None:
    assert shown(window.get(NOTICES, query)) == {rows[name] for name in names}


def test_those_of_one_user(window: Browser, rows: dict[str, Notice], dan: Any) -> None:
    assert shown(window.get(NOTICES, {"user": dan.pk})) == {rows["sent"]}


def test_no_column_can_be_guessed_by_a_lookup(window: Browser, rows: dict[str, Notice]) -> None:
    for lookup in ("address__startswith", "user__password__startswith", "id"):
        assert window.get(NOTICES, {lookup: "a"}).status_code == 400


def test_a_page_tells_of_one_without_its_link(
    window: Browser, break_in: Callable[[], Notice], sent: Callable[[], list[Any]]
) -> None:
    notice = break_in()
    [letter] = sent()
    page = window.get(page_of(notice)).content.decode()
    for text in ("ann@example.com", "sent", "login from a new device or place"):
        assert text in page
    for secret in (token_of(letter), token_of(letter).partition(".")[2], "203.0.113.9"):
        assert secret not in page
    assert "Save" not in page


def test_the_list_takes_the_same_for_one_as_for_many(window: Browser, ann: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            window.get(NOTICES)
        return len(captured)

    tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))
    queries()
    one = queries()
    for _ in range(8):
        tell(NoticeKind.BANNED, ann, actor=Actor(name="the test"))
    assert queries() == one


class TestSendingAgain:
    def test_what_has_failed_and_what_was_held_back(
        self, desk: Browser, rows: dict[str, Notice], sent: Callable[[], list[Any]]
    ) -> None:
        page = desk.post(NOTICES, select("retry", *rows.values()), follow=True)
        assert said(page) == "2 notices will be sent."
        assert len(sent()) == 3
        page = desk.post(NOTICES, select("retry", *rows.values()), follow=True)
        assert said(page) == "There was nothing to send."

    def test_takes_a_permission(self, window: Browser, rows: dict[str, Notice]) -> None:
        assert 'value="retry"' not in window.get(NOTICES).content.decode()
        assert window.post(NOTICES, select("retry", *rows.values())).status_code == 403
        assert Notice.objects.filter(due_at=None).count() == 3


@pytest.mark.parametrize("permission", ["view_user", "change_notice"])
def test_to_look_takes_a_permission(
    newcomer: Any, rows: dict[str, Notice], permission: str
) -> None:
    browser = browser_of(newcomer, permission)
    for path in (NOTICES, page_of(rows["sent"])):
        assert browser.get(path).status_code == 403


class TestReadOnly:
    @pytest.mark.parametrize("name", ["change", "delete"])
    def test_not_even_superusers_write_them(
        self, roots_desk: Browser, rows: dict[str, Notice], name: str
    ) -> None:
        before = list(Notice.objects.values())
        assert roots_desk.post(page_of(rows["sent"], name), {"post": "yes"}).status_code == 403
        assert roots_desk.get(f"{NOTICES}add/").status_code == 403
        selected = select("delete_selected", *rows.values(), post="yes")
        assert roots_desk.post(NOTICES, selected).status_code == 403
        assert list(Notice.objects.values()) == before

    def test_no_page_offers_it(self, roots_desk: Browser, rows: dict[str, Notice]) -> None:
        assert "delete" not in roots_desk.get(NOTICES).content.decode()
        assert "deletelink" not in roots_desk.get(page_of(rows["sent"])).content.decode()

    def test_they_are_deleted_with_their_account(
        self, staff: Any, dan: Any, rows: dict[str, Notice]
    ) -> None:
        permissions = ("view_user", "delete_user", "delete_usersession")
        browser = browser_of(staff, *permissions)
        assert browser.post(page_of(dan, "delete"), {"post": "yes"}).status_code == 302
        assert not Notice.objects.filter(pk=rows["sent"].pk).exists()
