"""Where a user is logged in, and ending sessions."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.models import AuditEvent, UserSession
from tests.api import is_dead
from tests.sessions_api.account.visitor import LOGIN, SESSIONS, Visitor

pytestmark = pytest.mark.django_db


def end_path(session: Any) -> str:
    return f"{SESSIONS}sessions/{session.sid}/end/"


def test_it_lists_this_device_and_the_others(anns: Visitor, other: Any, bobs: Any) -> None:
    anns.open()
    assert "You are logged in 2 times." in anns.text
    assert "This device Chrome 87 on Linux Web page" in anns.text
    assert "Elsewhere Other Chrome 87 on Linux App" in anns.text


def test_ending_one(anns: Visitor, other: Any) -> None:
    anns.open()
    assert anns.send(end_path(other.session))["Location"] == SESSIONS
    anns.follow()
    assert "It is logged out." in anns.text
    assert is_dead(other)
    event = AuditEvent.objects.get(kind="sessions_ended")
    assert (event.actor_name, event.subject_name) == ("ann", "ann")


def test_another_users_session(anns: Visitor, bob: Any, log_in: Any) -> None:
    # Not in the same second, because each user has ids of their own.
    bobs = log_in(bob, now=timezone.now() - timedelta(hours=1))
    anns.open()
    token = anns.browser.cookies["csrftoken"].value
    for sid in (bobs.session.sid, "0", "x", "9" * 40, "007", "-1", "1.5", "%F0%9F%98%80"):
        anns.post(f"{SESSIONS}sessions/{sid}/end/", {"csrfmiddlewaretoken": token})
        assert anns.page.status_code == 302
    assert not is_dead(bobs)
    assert UserSession.objects.count() == 2


def test_a_stranger_is_sent_to_the_login_and_back(visitor: Visitor) -> None:
    assert (
        visitor.open(f"{SESSIONS}?before=5")["Location"]
        == f"{LOGIN}?next=%2Faccount%2F%3Fbefore%3D5"
    )
    visitor.follow()
    assert visitor.send(LOGIN, username="ann", password="x").status_code == 200
    assert "Wrong name or password." in visitor.text


def test_staff_find_the_console(visitor: Visitor, staff: Any) -> None:
    link = '<a href="/admin/">Console</a>'
    assert link in visitor.log_in("sam").page.content.decode()
    assert link not in Visitor().log_in("ann").page.content.decode()
