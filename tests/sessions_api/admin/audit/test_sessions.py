"""Events name the sessions that they are about, and lead to their pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.models import AuditEvent, PastSession, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import EVENTS
from tests.api import Login
from tests.browser import browser_of, page_of

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"


def test_active_and_ended_sessions_have_names_and_links(
    roots_desk: Browser, ann: Any, log_in: Any
) -> None:
    ended, alive = log_in(ann, name=HOSTILE).session, log_in(ann, name="Telephone").session
    end_sessions(UserSession.objects.filter(pk=ended.pk), actor=Actor(user=ann), reason="why not")
    page = roots_desk.get(EVENTS).content.decode()
    assert f'<a href="{page_of(alive)}">Telephone</a>' in page
    assert (
        f'<a href="{page_of(ended)}">&lt;script&gt;alert(1)&lt;/script&gt;</a>; <bdi>reason' in page
    )
    assert HOSTILE not in page
    assert f"session: {alive.sid}" not in page
    assert f"[{ended.sid}]" not in page
    of_end = AuditEvent.objects.get(kind="sessions_ended")
    assert f'<a href="{page_of(ended)}">' in roots_desk.get(page_of(of_end)).content.decode()


def test_sessions_of_others_with_the_same_id_are_not_meant(
    roots_desk: Browser, ann: Any, bob: Any, log_in: Any
) -> None:
    sid = log_in(ann, name="Ann's").session.sid
    UserSession.objects.filter(pk=log_in(bob, name="Bob's").session.pk).update(sid=sid)
    page = roots_desk.get(EVENTS, {"subject": ann.pk}).content.decode()
    assert "Ann&#x27;s</a>" in page
    assert "Bob&#x27;s</a>" not in page


def test_unknown_ones_stay_numbers(roots_desk: Browser, ann: Any, log_in: Any) -> None:
    session = log_in(ann).session
    end_sessions(UserSession.objects.all(), actor=Actor(user=ann))
    PastSession.objects.all().delete()
    assert (
        f"sessions: [{session.sid}]" in roots_desk.get(EVENTS, {"subject": ann.pk}).content.decode()
    )


def test_many_are_summed_up(roots_desk: Browser, ann: Any, log_in: Any) -> None:
    for number in range(5):
        log_in(ann, name=f"No. {number}")
    end_sessions(UserSession.objects.owned_by(ann), actor=Actor(user=ann))
    listed = roots_desk.get(EVENTS, {"subject": ann.pk}).content.decode()
    [row] = [line for line in listed.split("<tr>") if "and 2 more" in line]
    assert row.count(">No. ") == 3
    event = AuditEvent.objects.get(kind="sessions_ended")
    assert roots_desk.get(page_of(event)).content.decode().count(">No. ") == 5


def test_numbers_of_sessions_are_no_ids(roots_desk: Browser, ann: Any) -> None:
    event = AuditEvent.objects.create(kind="account_secured", subject=ann, detail={"sessions": 3})
    odd = AuditEvent.objects.create(kind="login", subject=ann, detail={"session": "x"})
    assert "sessions: 3" in roots_desk.get(EVENTS).content.decode()
    for one in (event, odd):
        assert roots_desk.get(page_of(one)).status_code == 200


def test_they_are_named_only_for_those_who_may_view_them(
    newcomer: Any, ann: Any, log_in: Any
) -> None:
    log_in(ann, name="Secret")
    reader = browser_of(newcomer, "view_auditevent")
    assert "Secret" not in reader.get(EVENTS).content.decode()
    event = AuditEvent.objects.filter(subject=ann).latest("pk")
    assert "Secret" not in reader.get(page_of(event)).content.decode()


def test_their_names_take_two_queries(me: Login, roots_desk: Browser, log_in: Any) -> None:
    for _ in range(5):
        log_in(me.user)
    with CaptureQueriesContext(connection) as captured:
        roots_desk.get(EVENTS, {"subject": me.user.pk})
    named = [query["sql"] for query in captured if '"sid" IN' in query["sql"]]
    assert len(named) == 2


def test_an_id_that_was_used_again_within_its_second(
    ann: Any, log_in: Any, roots_desk: Browser
) -> None:
    laptop = log_in(ann, name="Laptop").session
    end_sessions(UserSession.objects.filter(pk=laptop.pk), actor=Actor(user=ann))
    phone = log_in(ann, name="Telephone").session
    later = laptop.created_at + timedelta(milliseconds=100)
    UserSession.objects.filter(pk=phone.pk).update(sid=laptop.sid, created_at=later)
    of_end = AuditEvent.objects.get(kind="sessions_ended")
    page = roots_desk.get(page_of(of_end)).content.decode()
    assert f'<a href="{page_of(laptop)}">Laptop</a>' in page
    assert "Telephone" not in page
