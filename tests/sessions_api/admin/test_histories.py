"""The *History* of a session and of a user leads to their part of the audit log."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry

from tests.admin_paths import EVENTS
from tests.api import Login
from tests.browser import browser_of, page_of

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
SEES = ("view_usersession", "view_user")


def test_of_a_session(staff: Any, ann: Any, log_in: LogIn) -> None:
    session, _ = log_in(ann).session, log_in(ann)
    browser = browser_of(staff, *SEES, "view_auditevent")
    response = browser.get(page_of(session, "history"), follow=True)
    assert response.redirect_chain == [(f"{EVENTS}?subject={ann.pk}&session={session.sid}", 302)]
    [event] = response.context["cl"].result_list
    assert (event.kind, event.detail["session"]) == ("login", session.sid)


def test_of_a_user(staff: Any, ann: Any, log_in: LogIn) -> None:
    log_in(ann)
    browser = browser_of(staff, *SEES, "view_auditevent")
    response = browser.get(page_of(ann, "history"), follow=True)
    assert response.redirect_chain == [(f"{EVENTS}?subject={ann.pk}", 302)]
    assert [event.kind for event in response.context["cl"].result_list] == ["login"]
    assert "forms of the admin" not in response.content.decode()


def test_changes_made_in_forms_are_linked(staff: Any, ann: Any) -> None:
    LogEntry.objects.log_actions(staff.pk, [ann], CHANGE, "Changed Email.", single_object=True)
    browser = browser_of(staff, *SEES, "view_auditevent")
    path = page_of(ann, "history")
    page = browser.get(path, follow=True).content.decode()
    assert f'<a href="{path}?forms">Changes that were made in forms of the admin</a>' in page
    assert "Changed Email." in browser.get(f"{path}?forms").content.decode()


def test_without_the_audit_log_it_is_that_of_django(staff: Any, ann: Any) -> None:
    response = browser_of(staff, *SEES).get(page_of(ann, "history"))
    assert response.status_code == 200
    assert "admin/object_history.html" in {one.name for one in response.templates}


@pytest.mark.parametrize("permissions", [("view_auditevent",), ()])
def test_it_requires_the_permission_to_view_the_row(
    staff: Any, ann: Any, log_in: LogIn, permissions: tuple[str, ...]
) -> None:
    browser = browser_of(staff, *permissions)
    for row in (ann, log_in(ann).session):
        assert browser.get(page_of(row, "history")).status_code == 403
