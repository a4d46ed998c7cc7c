"""The apps' admin pages with the host's user model."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.template import RequestContext, Template
from django.test import Client as HttpClient
from django.urls import reverse

from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import GLOBAL
from killswitches.services import set_switch
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from tests.host.callers import LogIn
from tests.host.models import Member

MODELS = [UserSession, BulkSignOut, AuditEvent, KillSwitch, SwitchFlip]


@pytest.fixture
def pages(staff: Member) -> HttpClient:
    """A staff member's browser."""
    browser = HttpClient()
    browser.force_login(staff)
    return browser


@pytest.fixture
def rows(log_in: LogIn, mia: Member, staff: Member) -> None:
    """Create a row in every table."""
    log_in(mia)
    set_switch(GLOBAL, True, actor=staff, reason="drill")
    begin_bulk_sign_out(
        uuid4(),
        actor=Actor(user=staff),
        reason="drill",
        what="All sessions of a member",
        criteria={"kind": "users", "ids": [str(mia.pk)], "keep": []},
        spares_superusers=False,
        expected=1,
    )


@pytest.mark.parametrize("query", ["", "?q=mia@example.com", "?q=127.0.0.1"])
@pytest.mark.parametrize("model", MODELS)
def test_lists_open_and_can_be_searched(
    pages: HttpClient, rows: None, model: Any, query: str
) -> None:
    page = pages.get(reverse(admin_page(model, "changelist")) + query)
    assert page.status_code == 200
    # The switches have a page that shows all of them instead of a list.
    if not query and model is not KillSwitch:
        assert page.context["cl"].result_count > 0


@pytest.mark.parametrize("model", MODELS)
def test_pages_of_one_row_open(pages: HttpClient, rows: None, model: Any) -> None:
    row = model.objects.first()
    page = pages.get(reverse(admin_page(model, "change"), args=[row.pk]))
    assert page.status_code == 200
    assert str(row) in page.content.decode()


def test_sessions_are_found_by_email(
    pages: HttpClient, log_in: LogIn, mia: Member, staff: Member
) -> None:
    log_in(mia)
    log_in(staff)
    page = pages.get(reverse(admin_page(UserSession, "changelist")) + "?q=mia@example.com")
    assert [session.user for session in page.context["cl"].result_list] == [mia]


def test_a_session_ended_in_the_admin_is_refused(
    pages: HttpClient, log_in: LogIn, mia: Member, staff: Member
) -> None:
    api = log_in(mia)
    asked = pages.get(reverse(admin_page(UserSession, "delete"), args=[api.user_session.pk]))
    hidden = {one.html_name: one.value() for one in asked.context["form"].hidden_fields()}
    pages.post(asked.context["form_url"], hidden | {"reason": "drill"})
    assert api.get("/profile").status_code == 401
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SESSIONS_ENDED)
    assert (event.actor, event.subject) == (staff, mia)


def test_all_sessions_of_a_member_can_be_ended(
    pages: HttpClient, log_in: LogIn, mia: Member, rows: None
) -> None:
    ending = BulkSignOut.objects.get()
    api = log_in(mia)
    BulkSignOut.objects.update(newest_pk=2**31, next_pk=2**31)
    page = pages.post(reverse(admin_page(BulkSignOut, "next_batch"), args=[ending.pk]), follow=True)
    assert "2 of 1" in page.content.decode()
    assert api.get("/profile").status_code == 401


def test_a_switch_flipped_in_the_admin_takes_effect(
    pages: HttpClient, log_in: LogIn, mia: Member
) -> None:
    api = log_in(mia)
    pages.post(
        reverse(admin_page(KillSwitch, "change"), args=[GLOBAL.number]),
        {"name": "GLOBAL", "reason": "drill", "version": ""},
    )
    assert api.post("/uploads").json()["feature"] == GLOBAL.number


def test_the_banner_is_shown_where_the_host_puts_it(pages: HttpClient, rows: None) -> None:
    request = pages.get("/admin/").wsgi_request
    tag = Template("{% load killswitches %}{% killswitch_banner %}")
    banner = tag.render(RequestContext(request, {"has_permission": True}))
    assert "GLOBAL" in banner
    assert "drill" in banner
    assert reverse(admin_page(KillSwitch, "changelist")) in banner


def admin_page(model: Any, view: str) -> str:
    return f"{admin.site.name}:{model._meta.app_label}_{model._meta.model_name}_{view}"
