"""The audit log in the admin is read-only."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from killswitches.models import KillSwitch
from killswitches.registry import GLOBAL
from killswitches.services import set_switch
from sessions_api.admin.audit.admin import AuditEventAdmin
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, record
from tests.admin_paths import EVENTS
from tests.browser import page_of, select
from tests.small_lists import pages_of

pytestmark = pytest.mark.django_db

BANNED = AuditEvent.Kind.BANNED


def test_newest_first_with_links_and_detail(roots_desk: Browser, root: Any, ann: Any) -> None:
    record(BANNED, Actor(user=root), subject=ann, reason="spam", note=["a", "ü"])
    record(AuditEvent.Kind.SWITCH_ON, Actor(name="command line"), switch="GLOBAL")

    page = roots_desk.get(EVENTS).content.decode()

    assert page.index("command line") < page.index("spam")
    for account in (ann, root):
        link = f'<a href="/admin/cumulonimbus/user/{account.pk}/change/">{account.username}</a>'
        assert link in page
    # Isolated, so that pages from right to left reverse no address in them.
    assert "<bdi>note: [&quot;a&quot;, &quot;ü&quot;]; reason: spam</bdi>" in page

    page = roots_desk.get(page_of(AuditEvent.objects.earliest("pk"))).content.decode()
    assert "&quot;note&quot;: [\n    &quot;a&quot;,\n    &quot;ü&quot;\n  ]" in page
    assert '<pre dir="ltr">' in page


def test_times_are_shown_to_the_second(roots_desk: Browser) -> None:
    at = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    AuditEvent.objects.create(kind=BANNED, at=at)
    shown = 'datetime="2026-02-03T04:05:06+00:00" dir="auto">2026-02-03 04:05:06 UTC</time>'
    for url in (EVENTS, page_of(AuditEvent.objects.get())):
        assert shown in roots_desk.get(url).content.decode()


def test_a_lapse_is_listed_at_its_time(roots_desk: Browser, root: Any) -> None:
    now = datetime.now(UTC)
    set_switch(GLOBAL, True, actor=root, reason="drill", until=now + timedelta(hours=1))
    lapsed = now - timedelta(hours=2)
    KillSwitch.objects.update(until=lapsed)
    AuditEvent.objects.create(kind=BANNED, at=now - timedelta(hours=1))
    AuditEvent.objects.create(kind=BANNED, at=now - timedelta(hours=3))
    found = roots_desk.get(EVENTS).context["cl"].result_list
    assert [event.kind for event in found] == ["switch_on", "banned", "switch_off", "banned"]
    assert found[2].at == lapsed


def test_a_deleted_account_keeps_its_name(roots_desk: Browser, ann: Any) -> None:
    record(BANNED, Actor(name="somebody"), subject=ann)
    ann.delete()
    for url in (EVENTS, page_of(AuditEvent.objects.get())):
        page = roots_desk.get(url)
        assert page.status_code == 200
        assert '<td class="field-subject_link">ann</td>' in page.content.decode() or (
            '<div class="readonly">ann</div>' in page.content.decode()
        )


def test_hostile_texts_are_escaped(roots_desk: Browser, ann: Any) -> None:
    hostile = "</pre><script>alert(1)</script>"
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                kind=BANNED,
                actor_id=ann.pk,
                actor_name=hostile,
                subject_id=ann.pk,
                subject_name=hostile,
                user_agent=hostile,
                detail={hostile: hostile},
            )
        ]
    )
    urls = [EVENTS, page_of(AuditEvent.objects.get())]
    urls += [f"{EVENTS}?{name}={hostile}" for name in ("actor", "q", "kind__exact", "address")]
    for url in urls:
        page = roots_desk.get(url).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


@pages_of(3, AuditEventAdmin)
def test_pages_are_complete_if_times_are_equal(roots_desk: Browser) -> None:
    at = datetime(2026, 2, 3, tzinfo=UTC)
    AuditEvent.objects.bulk_create(AuditEvent(kind=BANNED, at=at) for _ in range(8))
    keys: list[list[int]] = []
    query = ""
    for _ in range(3):
        changelist = roots_desk.get(EVENTS + query).context["cl"]
        keys.append([event.pk for event in changelist.result_list])
        query = changelist.older_link
    assert query == ""
    newest_first = list(AuditEvent.objects.order_by("-pk").values_list("pk", flat=True))
    assert keys == [newest_first[:3], newest_first[3:6], newest_first[6:]]
    newer = roots_desk.get(EVENTS + changelist.newer_link).context["cl"]
    assert [event.pk for event in newer.result_list] == keys[1]


def test_not_even_superusers_can_change_it(roots_desk: Browser, ann: Any) -> None:
    record(BANNED, Actor(user=ann), subject=ann)
    event = AuditEvent.objects.get()
    assert roots_desk.get(EVENTS + "add/").status_code == 403
    assert roots_desk.post(page_of(event), {"kind": "unbanned"}).status_code == 403
    assert roots_desk.post(page_of(event, "delete"), {"post": "yes"}).status_code == 403
    posted = select("delete_selected", event, post="yes")
    assert roots_desk.post(EVENTS, posted).status_code == 403
    assert AuditEvent.objects.get().kind == BANNED


@pytest.mark.parametrize("lookup", ["detail__reason__startswith", "actor__password__startswith"])
def test_lookups_that_the_page_does_not_offer(roots_desk: Browser, lookup: str) -> None:
    assert roots_desk.get(EVENTS, {lookup: "a"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "queries"),
    [
        # The page, and the accounts of both columns.
        ({}, 3),
        ({"when": "week"}, 3),
        ({"kind__exact": "banned"}, 3),
        ({"q": "198.51.100.7"}, 1),
        # Whether the index finds only a few.
        ({"q": "198.51.0.0/16"}, 2),
        # The account by name and by email address, and both columns.
        ({"q": "ann"}, 7),
        # The account by both, and the recorded names.
        ({"subject": "ann"}, 6),
        ({"subject": "ann", "actor": "ann", "address": "10.0.0.0/8", "when": "hour"}, 8),
        # The end of the window.
        ({"actor": "nobody"}, 4),
    ],
)
def test_how_many_queries_the_list_takes(
    roots_desk: Browser, ann: Any, query: dict[str, str], queries: int
) -> None:
    for _ in range(20):
        record(BANNED, Actor(user=ann), subject=ann)
    with CaptureQueriesContext(connection) as captured:
        roots_desk.get(EVENTS, query)
    asked = [
        one["sql"] for one in captured if re.search("_auditevent|cumulonimbus_user", one["sql"])
    ]
    # One query reads the user of the request.
    assert len(asked) == queries + 1
