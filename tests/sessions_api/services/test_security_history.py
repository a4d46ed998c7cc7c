"""What owners see of the audit log, page by page and as a whole."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent
from sessions_api.services import security_history as history
from sessions_api.services.audit import Actor, record

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind
AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def make(count: int, **fields: Any) -> None:
    """Create events, the newest first, of which each two have the same time."""
    AuditEvent.objects.bulk_create(
        AuditEvent(**{"kind": Kind.LOGIN, "at": AT - timedelta(seconds=number // 2)} | fields)
        for number in range(count)
    )


def test_pages_hold_every_event_of_the_owner_once(ann: Any, bob: Any) -> None:
    make(7, subject_id=ann.pk)
    make(3, subject_id=bob.pk)
    make(2, actor_id=ann.pk, subject_id=bob.pk)
    seen: list[int] = []
    page = history.page_of(ann, 3)
    assert page.newer is None
    while True:
        seen += [event.pk for event in page.rows]
        if page.older is None:
            break
        page = history.page_of(ann, 3, cursor=page.older)
    mine = AuditEvent.objects.filter(subject_id=ann.pk)
    assert seen == [event.pk for event in mine.order_by("-at", "-pk")]
    back = history.page_of(ann, 3, cursor=page.newer, upwards=True)
    assert [event.pk for event in back.rows] == seen[3:6]


def test_a_page_takes_one_query(ann: Any) -> None:
    make(7, subject_id=ann.pk)
    with CaptureQueriesContext(connection) as captured:
        history.page_of(ann, 3)
    assert len(captured) == 1


def test_a_download_is_read_in_chunks(ann: Any) -> None:
    make(7, subject_id=ann.pk)
    chunks = history.chunks_of(ann, 3)
    make(1, subject_id=ann.pk)
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]


def test_staff_are_not_named(ann: Any, staff: Any) -> None:
    client = Client(address="203.0.113.9", user_agent="Staff's browser")
    record(Kind.BANNED, Actor(user=staff, client=client), subject=ann, reason="A secret")
    event = AuditEvent.objects.get(kind=Kind.BANNED)
    assert history.is_by_others(event)
    assert history.visible_address(event) is None
    assert history.visible_user_agent(event) == ""
    assert history.visible_detail(event) == {}


@pytest.mark.parametrize("is_logged_in", [True, False])
def test_where_the_account_was_used_is_shown(ann: Any, is_logged_in: bool) -> None:
    client = Client(address="203.0.113.9", user_agent="curl/8")
    actor = Actor(user=ann if is_logged_in else None, client=client)
    record(Kind.CHALLENGE_FAILED, actor, subject=ann, type="totp", purpose="a.module.name")
    event = AuditEvent.objects.get(kind=Kind.CHALLENGE_FAILED)
    assert not history.is_by_others(event)
    assert history.visible_address(event) == "203.0.113.9"
    assert history.visible_user_agent(event) == "curl/8"
    assert history.visible_detail(event) == {"type": "totp"}
