"""The admin page of an account with a UUID and no username, and securing such an account."""

import uuid
from collections.abc import Iterator
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client as HttpClient

from sessions_api.models import AuditEvent, UserSession
from tests.browser import state_on
from tests.host.callers import LogIn
from tests.host.models import Member

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.host.desk")]


@pytest.fixture
def pages(staff: Member) -> Iterator[HttpClient]:
    """A staff member's browser."""
    browser = HttpClient()
    browser.force_login(staff)
    return browser


def page_of(member: Member, page: str = "change") -> str:
    return f"/desk/host/member/{member.pk}/{page}/"


def test_it_shows_sessions_and_history(pages: HttpClient, log_in: LogIn, mia: Member) -> None:
    session = log_in(mia).user_session
    page = pages.get(page_of(mia)).content.decode()
    assert f'href="/desk/sessions_api/usersession/{session.pk}/change/"' in page
    assert f'href="/desk/sessions_api/usersession/?user={mia.pk}"' in page
    assert f'href="/desk/sessions_api/auditevent/?subject={mia.pk}"' in page
    assert "Logged in" in page


def test_it_begins_with_the_state_of_the_account(
    pages: HttpClient, log_in: LogIn, mia: Member
) -> None:
    log_in(mia)
    state = state_on(pages.get(page_of(mia)))
    assert (state["State"], state["Sessions"]) == ("active", "1 active")
    assert ("Second factors" in state) is apps.is_installed("sessions_api.second_factors")


def test_it_links_to_securing_the_account(
    pages: HttpClient, log_in: LogIn, mia: Member, staff: Member
) -> None:
    log_in(mia)
    assert f'href="{page_of(mia, "secure")}"' in pages.get(page_of(mia)).content.decode()
    page = pages.get(page_of(mia, "secure"))
    assert "this site has no page for choosing a password" in page.content.decode()
    posted = {
        "reason": "phished",
        "password": "unusable",
        "mark": page.context["mark"],
        "ban": "on",
    }
    assert pages.post(page_of(mia, "secure"), posted).status_code == 302
    mia.refresh_from_db()
    assert (mia.has_usable_password(), mia.is_active) == (False, False)
    assert not UserSession.objects.exists()
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.ACCOUNT_SECURED)
    assert (event.actor, event.subject, event.subject_name) == (staff, mia, "mia@example.com")


@pytest.mark.parametrize("key", ["rubbish", "1", str(uuid.UUID(int=0)), "_00"])
def test_unknown_accounts(pages: HttpClient, key: str) -> None:
    page = pages.get(f"/desk/host/member/{key}/secure/")
    assert (page.status_code, page["Location"]) == (302, "/desk/host/member/")


def test_the_helper_group_may_view_the_installed_models() -> None:
    call_command("create_helper_group", stdout=StringIO())
    seen = {one.codename for one in Group.objects.get().permissions.all()}
    assert "view_member" in seen
    assert "view_secondfactor" not in seen
    assert all(codename.startswith("view_") for codename in seen)
