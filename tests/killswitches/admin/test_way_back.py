"""Links to the page of a switch may name a path of the site, to which the page leads back."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client

from killswitches.registry import FILE_CREATE
from killswitches.services import set_switch
from tests.killswitches.drillers import Uploads
from tests.killswitches.pages import DRILL, FLIPS, LIST, TURN_OFF, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

PAGE = page_of(FILE_CREATE)
BACK = f"{FLIPS}?enabled__exact=1"


def with_back(path: str, back: str = BACK) -> str:
    return f"{path}?{urlencode({'back': back})}"


def test_all_buttons_lead_back(changer: Client, drill_by: Callable[..., None]) -> None:
    drill_by(Uploads())
    page = changer.get(with_back(PAGE)).content.decode()
    assert page.count(f'href="{BACK}"') == 2
    assert f'action="{with_back(DRILL)}"' in page
    drilled = changer.post(with_back(DRILL), {"number": FILE_CREATE.number})
    assert drilled["Location"] == f"{with_back(PAGE)}#drills"
    version = changer.get(PAGE).context["state"].version
    assert changer.post(with_back(PAGE), {"reason": "x", "version": version})["Location"] == BACK
    page = changer.get(with_back(PAGE))
    assert f'action="{with_back(TURN_OFF)}"' in page.content.decode()
    posted = {str(FILE_CREATE.number): page.context["state"].version}
    assert changer.post(with_back(TURN_OFF), posted)["Location"] == BACK
    # A login in between leads to the same URL, and what was posted is lost.
    assert changer.get(with_back(TURN_OFF))["Location"] == BACK


def test_who_may_only_view_is_led_back_too(viewer: Client) -> None:
    assert f'href="{BACK}"' in viewer.get(with_back(PAGE)).content.decode()


@pytest.mark.parametrize(
    "back",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "javascript:alert(1)",
        "admin/",
        "http:///admin/",
    ],
)
def test_no_other_site_is_a_way_back(changer: Client, back: str) -> None:
    page = changer.get(with_back(PAGE, back))
    assert "evil" not in page.content.decode()
    assert "Back to the page" not in page.content.decode()
    assert f'href="{LIST}" class="closelink"' in page.content.decode()
    posted = {"reason": "x", "version": page.context["state"].version}
    assert changer.post(with_back(PAGE, back), posted)["Location"] == LIST
    set_switch(FILE_CREATE, False)
    version = changer.get(PAGE).context["state"].version
    posted = {str(FILE_CREATE.number): version}
    assert changer.post(with_back(TURN_OFF, back), posted)["Location"] == LIST


def test_it_is_escaped(changer: Client) -> None:
    page = changer.get(with_back(PAGE, '/"><script>alert(1)</script>')).content.decode()
    assert "<script>alert" not in page
