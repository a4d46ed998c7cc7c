"""Stopping logins from the network of an incident, and the way back to its room."""

from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from killswitches.conditions.conditions import EVERYBODY, Conditions, read_conditions
from killswitches.registry import ACCOUNT_CREATE, ACCOUNT_LOGIN
from killswitches.services import set_switch
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services.incidents import change_incident
from sessions_api.services.session_search import SessionSearch
from tests.admin_paths import SWITCHES
from tests.browser import said
from tests.sessions_api.incidents.admin.desks import ALL, VIEW, desk_of, do, text_of, url
from tests.sessions_api.incidents.services import NETWORK, by

pytestmark = pytest.mark.django_db

PAGE = f"{SWITCHES}{ACCOUNT_LOGIN.number}/change/"
BUTTON, STOPPED = "Stop logins from this network", "Logins from this network are stopped."
EVERYWHERE = "Logins are stopped for everybody."
OTHERS = "is on already, under other conditions."
ONLY_THERE = read_conditions(network=NETWORK)


def link_to_switch(incident: Incident, **filled_in: str) -> str:
    return f"{PAGE}?{urlencode({**filled_in, 'back': url(incident)})}"


def turn_on(browser: Browser, path: str) -> Any:
    context = browser.get(path).context
    form = context["form"]
    posted = {name: form[name].value() or "" for name in form.fields}
    posted |= {"version": context["state"].version, "name": "ACCOUNT_LOGIN", "reason": "thieves"}
    return browser.post(path, posted, follow=True)


def test_it_is_turned_on_and_off_from_the_room(desk: Browser, incident: Incident) -> None:
    link = link_to_switch(incident, only_network=NETWORK)
    room = text_of(desk, url(incident))
    assert f'href="{link}">{BUTTON}<' in unescape(room)
    assert STOPPED not in room
    page = text_of(desk, link)
    assert f'<p><a href="{url(incident)}">Back to the page that led here</a></p>' in page
    assert f'<a href="{url(incident)}" class="closelink">Cancel</a>' in page
    answer = turn_on(desk, link)
    assert answer.redirect_chain == [(url(incident), 302)]
    assert said(answer) == "Turned on: ACCOUNT_LOGIN."
    room = text_of(desk, url(incident))
    assert BUTTON not in room
    link = link_to_switch(incident)
    assert f'{STOPPED}</strong> <a href="{link}">Open the kill switch</a>' in unescape(room)
    page = desk.get(link)
    back = urlencode({"back": url(incident)})
    assert f'action="{SWITCHES}turn-off/?{back}"' in page.content.decode()
    posted = {str(ACCOUNT_LOGIN.number): page.context["state"].version}
    answer = desk.post(f"{SWITCHES}turn-off/?{back}", posted, follow=True)
    assert answer.redirect_chain == [(url(incident), 302)]
    assert BUTTON in text_of(desk, url(incident))


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (ONLY_THERE, STOPPED),
        (read_conditions(network="203.0.112.0/22"), STOPPED),
        (read_conditions(network="::/0"), OTHERS),
        (EVERYBODY, EVERYWHERE),
        (read_conditions(network="203.0.113.0/25"), OTHERS),
        (read_conditions(network=NETWORK, dialect="v5"), OTHERS),
    ],
)
def test_one_that_is_on_is_not_turned_on_for_others_unawares(
    desk: Browser, incident: Incident, conditions: Conditions, said: str
) -> None:
    set_switch(ACCOUNT_LOGIN, True, conditions=conditions)
    room = text_of(desk, url(incident))
    assert [one for one in (STOPPED, EVERYWHERE, OTHERS) if one in room] == [said]
    assert BUTTON not in room
    # The switch has one state: another network filled in would replace it.
    assert f'href="{link_to_switch(incident)}">Open the kill switch<' in unescape(room)
    assert "only_network" not in room
    set_switch(ACCOUNT_LOGIN, False)
    room = text_of(desk, url(incident))
    assert BUTTON in room
    assert not any(one in room for one in (STOPPED, EVERYWHERE, OTHERS))


def test_for_whom_else_it_is_on_is_said(desk: Browser, staff: Any, incident: Incident) -> None:
    set_switch(ACCOUNT_LOGIN, True, conditions=read_conditions(network="198.51.100.0/24"))
    for browser in (desk, desk_of(staff, *VIEW)):
        room = text_of(browser, url(incident)).partition('id="preview"')[2]
        condition = "with this condition:</strong> <bdi>network 198.51.100.0/24</bdi>."
        assert f"On only for callers {condition}" in room
        assert "replaces that" in room


def test_another_switch_does_not_count(desk: Browser, incident: Incident) -> None:
    set_switch(ACCOUNT_CREATE, True, conditions=ONLY_THERE)
    room = text_of(desk, url(incident))
    assert (STOPPED in room, BUTTON in room) == (False, True)


def test_that_it_is_on_is_also_said_in_a_closed_incident(desk: Browser, incident: Incident) -> None:
    set_switch(ACCOUNT_LOGIN, True, conditions=ONLY_THERE)
    do(desk, incident, "close")
    assert STOPPED in text_of(desk, url(incident))


def test_the_link_and_the_button_are_for_those_who_may(staff: Any, incident: Incident) -> None:
    viewer = desk_of(staff, *(one for one in ALL if one != "change_killswitch"))
    assert PAGE not in text_of(viewer, url(incident))
    set_switch(ACCOUNT_LOGIN, True, conditions=ONLY_THERE)
    assert PAGE in text_of(viewer, url(incident)).partition('id="preview"')[2]
    main = text_of(desk_of(staff, *VIEW), url(incident)).partition('id="preview"')[2]
    assert STOPPED in main
    assert PAGE not in main


def test_an_incident_about_no_network_has_neither(
    desk: Browser, staff: Any, incident: Incident
) -> None:
    set_switch(ACCOUNT_LOGIN, True, conditions=ONLY_THERE)
    change_incident(incident, actor=by(staff), search=SessionSearch(browser="curl"))
    room = text_of(desk, url(incident))
    assert (BUTTON in room, STOPPED in room) == (False, False)
