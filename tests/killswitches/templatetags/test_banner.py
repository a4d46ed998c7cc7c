"""The banner on every page of the admin while a switch is on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_LOGIN, GLOBAL, registry
from killswitches.services import set_switch
from tests.killswitches.flips import MakeStaff, lapse
from tests.killswitches.pages import FLIPS, HOSTILE, LIST, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

PAGES = ["/admin/", LIST, FLIPS, page_of(GLOBAL), "/admin/password_change/"]


def banner(client: Client, url: str = "/admin/") -> str:
    """Return the banner of a page; "" if there is none."""
    response = client.get(url)
    assert response.status_code == 200
    _, _, rest = response.content.decode().partition('role="alert">')
    return rest.partition("</div>")[0]


@pytest.mark.parametrize("url", PAGES)
def test_there_is_no_banner_if_no_switch_is_on(admin_client: Client, url: str) -> None:
    set_switch(GLOBAL, True)
    set_switch(GLOBAL, False)
    assert banner(admin_client, url) == ""


@pytest.mark.parametrize("url", PAGES)
def test_it_names_switch_time_actor_reason_and_end(admin_client: Client, url: str) -> None:
    lapse(GLOBAL, datetime(2031, 2, 3, 4, 5, tzinfo=UTC), actor_name="bob", reason="fire in hall 2")
    set_switch(ACCOUNT_LOGIN, True, actor_name="carol", reason="guessing")
    words = banner(admin_client, url)
    assert "2 kill switches are on" in words
    assert words.index("ACCOUNT_LOGIN") < words.index("GLOBAL")
    for said in (
        "Turned on <time ",
        ">just now<",
        ">bob<",
        ">2031-02-03 04:05:00 UTC<",
        ">fire in hall 2<",
    ):
        assert said in words.partition("GLOBAL")[2]
    for said in (">carol<", "Stays on until", ">guessing<"):
        assert said in words.partition("GLOBAL")[0]
    assert f'href="{LIST}"' in words
    assert f'href="{page_of(GLOBAL)}">GLOBAL<' in words
    assert f'href="{page_of(ACCOUNT_LOGIN)}">ACCOUNT_LOGIN<' in words


def test_it_tells_how_long_a_switch_has_been_on_and_will_be(admin_client: Client) -> None:
    lapse(GLOBAL, timezone.now() + timedelta(hours=3, minutes=5))
    KillSwitch.objects.update(changed_at=timezone.now() - timedelta(minutes=90))
    words = banner(admin_client).replace("\xa0", " ")
    assert ">1 hour ago</time> by" in words
    assert "(in 3 hours, 4 minutes)" in words
    KillSwitch.objects.update(changed_at=timezone.now() - timedelta(days=4, hours=1))
    assert " UTC</time> (4 days ago) by" in banner(admin_client)


def test_it_omits_lapsed_switches(admin_client: Client) -> None:
    lapse(GLOBAL, timezone.now() - timedelta(seconds=1))
    assert banner(admin_client) == ""


def test_staff_who_may_not_see_switches_see_it_without_a_link(
    client: Client, make_staff: MakeStaff
) -> None:
    set_switch(GLOBAL, True, reason="fire")
    client.force_login(make_staff("sam"))
    assert "GLOBAL" in banner(client)
    assert "href" not in banner(client)


@pytest.mark.parametrize("permission", ["view_killswitch", "change_killswitch"])
def test_view_permission_shows_the_link(
    client: Client, make_staff: MakeStaff, permission: str
) -> None:
    set_switch(GLOBAL, True, reason="fire")
    client.force_login(make_staff("vera", permission))
    assert f'href="{LIST}"' in banner(client)


def test_it_is_only_shown_to_staff(client: Client, django_user_model: Any) -> None:
    set_switch(GLOBAL, True, reason="fire")
    assert banner(client, "/admin/login/") == ""
    client.force_login(django_user_model.objects.create_user(username="ann"))
    assert banner(client, "/admin/login/") == ""


def test_it_is_not_shown_after_logging_out(admin_client: Client) -> None:
    set_switch(GLOBAL, True, reason="fire")
    assert 'role="alert"' not in admin_client.post("/admin/logout/").content.decode()


def test_hostile_and_long_texts(admin_client: Client) -> None:
    set_switch(GLOBAL, True, actor_name=HOSTILE * 5, reason=HOSTILE + "x" * 400 + "END")
    words = banner(admin_client)
    assert escape(HOSTILE) in words
    assert "<script>" not in words
    assert "END" not in words
    assert len(words) < 1000


def test_it_takes_one_query(admin_client: Client) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get("/admin/password_change/done/")
        return [query["sql"] for query in captured if "killswitches" in query["sql"]]

    assert len(queries()) == 1
    for switch in registry:
        set_switch(switch, True, reason="fire")
    assert len(queries()) == 1


@pytest.mark.django_db(transaction=True)
def test_pages_work_if_a_lapse_cannot_be_recorded(
    admin_client: Client, failing_receiver: None
) -> None:
    past = timezone.now() - timedelta(seconds=1)
    KillSwitch.objects.create(number=GLOBAL.number, enabled=True, until=past)
    set_switch(ACCOUNT_LOGIN, True)
    assert "ACCOUNT_LOGIN" in banner(admin_client)
    assert "GLOBAL" not in banner(admin_client)
