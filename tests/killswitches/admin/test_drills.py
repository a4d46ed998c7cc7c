"""Drills on the admin's pages of switches."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.drills import drill
from killswitches.impact import Impact
from killswitches.models import SwitchDrill
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, GLOBAL, Switch, registry
from killswitches.services import set_switch
from tests.killswitches.drillers import Uploads
from tests.killswitches.pages import DRILL, LIST, page_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

UPLOADS = page_of(FILE_CREATE)


@pytest.fixture(autouse=True)
def _driller(drill_by: Callable[..., None]) -> None:
    drill_by(Uploads())


def text_of(client: Client, url: str) -> str:
    return " ".join(client.get(url).content.decode().split())


def test_a_drill_from_the_page_of_a_switch(changer: Client) -> None:
    response = changer.post(DRILL, {"number": FILE_CREATE.number}, follow=True)
    assert response.redirect_chain == [(f"{UPLOADS}#drills", 302)]
    assert said(response) == [
        "Drill of FILE_CREATE: 2 endpoints tried, and all answer as they must."
    ]
    row = SwitchDrill.objects.get()
    assert (row.actor_name, row.was_on) == ("ann", False)
    page = text_of(changer, UPLOADS)
    assert "Last drilled <time" in page
    assert "by <bdi>ann</bdi>. All endpoints answered as they must." in page
    assert "2 endpoints were tried in the newest drill" in page
    closed = (
        '<td>POST</td><td><code dir="ltr">/uploads</code></td><td>v5</td><td>503</td><td>closed, as'
    )
    assert closed in page
    assert "not tried: it does not admit the made-up caller" in page


class Impacts:
    """Lists one endpoint of each switch."""

    def endpoints(self, switch: Switch) -> list[str]:
        return ["POST /uploads"]

    def impact(self, switch: Switch) -> Impact:
        return Impact(0, 0, 0)


def test_why_more_is_tried_than_is_listed_is_said(
    changer: Client, provide: Callable[..., None]
) -> None:
    text = "It also tries what is not listed above"
    provide(Impacts())
    assert text not in text_of(changer, UPLOADS)
    drill(FILE_CREATE)
    page = text_of(changer, UPLOADS)
    assert "Closes 1 endpoint" in page
    assert page.index(text) < page.index("2 endpoints were tried in the newest drill")
    provide()
    assert text not in text_of(changer, UPLOADS)


def test_faults_come_first_and_unfolded(changer: Client) -> None:
    response = changer.post(DRILL, {"number": ACCOUNT_LOGIN.number}, follow=True)
    assert said(response) == ["Drill of ACCOUNT_LOGIN: 4 endpoints did not answer as they must."]
    page = text_of(changer, page_of(ACCOUNT_LOGIN))
    assert "<details open><summary>5 endpoints were tried" in page
    assert "4 endpoints did not answer as they must." in page
    for text in (
        "not closed: the",
        "wrong answer while",
        "also refused while",
        '<code dir="ltr">KeyError<',
    ):
        assert page.index(text) < page.index("closed, as it must be")
    assert '<code dir="ltr">/uploads/&lt;b&gt;1&lt;/b&gt;</code>' in page


def test_all_switches_are_drilled_from_the_list(changer: Client) -> None:
    response = changer.post(DRILL, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert len(said(response)) == len(list(registry)) == SwitchDrill.objects.count()
    assert "Drill of GLOBAL: it closes no endpoints here." in said(response)


def test_it_says_when_a_switch_was_last_on(changer: Client) -> None:
    assert "Never pulled: it has never been on." in text_of(changer, UPLOADS)
    assert "Never drilled." in text_of(changer, UPLOADS)
    assert text_of(changer, LIST).count("Never pulled: it has never been on.") == len(
        list(registry)
    )
    set_switch(FILE_CREATE, True, reason="fire")
    assert "It is on now." in text_of(changer, UPLOADS)
    drill(FILE_CREATE)
    set_switch(FILE_CREATE, False)
    page = text_of(changer, UPLOADS)
    assert "Last on until <time" in page
    assert "<td>on</td><td>2</td><td>0</td>" in page
    assert "Never" not in page


def test_drilling_needs_the_permission_to_flip(viewer: Client, make_staff: Any) -> None:
    assert viewer.post(DRILL, {"number": FILE_CREATE.number}).status_code == 403
    assert not SwitchDrill.objects.exists()
    drill(FILE_CREATE)
    page = text_of(viewer, UPLOADS)
    assert DRILL not in page
    assert DRILL not in text_of(viewer, LIST)
    assert "2 endpoints were tried in the newest drill" in page


def test_a_visit_drills_nothing(changer: Client) -> None:
    response = changer.get(DRILL, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert not SwitchDrill.objects.exists()


@pytest.mark.parametrize("number", ["", "x", "61", "-1"])
def test_unknown_switches(changer: Client, number: str) -> None:
    assert changer.post(DRILL, {"number": number}).status_code == 404
    assert not SwitchDrill.objects.exists()


def test_without_a_driller(changer: Client, drill_by: Callable[..., None]) -> None:
    drill_by()
    for url in (LIST, UPLOADS):
        assert "rill" not in text_of(changer, url)
    assert changer.post(DRILL, {"number": FILE_CREATE.number}).status_code == 404


def test_the_newest_drills_are_listed(changer: Client) -> None:
    for _ in range(6):
        drill(FILE_CREATE, actor_name="ops")
    drill(GLOBAL, actor_name="carol")
    SwitchDrill.objects.filter(number=FILE_CREATE.number).update(
        at=timezone.now() - timedelta(days=2)
    )
    page = changer.get(UPLOADS)
    assert len(page.context["drills"]) == 5
    assert "carol" not in page.content.decode()


def test_query_counts_with_drills(admin_client: Client, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        for switch in registry:
            drill(switch)
    with CaptureQueriesContext(connection) as of_any_page:
        admin_client.get("/admin/password_change/done/")
    # The states, the newest flips and the newest drills.
    with django_assert_num_queries(len(of_any_page) + 3):
        admin_client.get(LIST)
    # The lapses, the flips, the states, and the drills.
    with django_assert_num_queries(len(of_any_page) + 4):
        admin_client.get(UPLOADS)
