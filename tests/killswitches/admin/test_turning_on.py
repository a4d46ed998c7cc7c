"""The admin page on which a switch is turned on."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from killswitches.gate import enabled_mask
from killswitches.models import SwitchFlip
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, GLOBAL, registry
from killswitches.services import set_switch, states
from tests.killswitches.flips import Received
from tests.killswitches.pages import LIST, TURN_OFF, page_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

UPLOADS = page_of(FILE_CREATE)


def filled_in(client: Client, url: str = UPLOADS, **changes: str) -> dict[str, str]:
    """Return the form data of a switch as a browser would post it."""
    context = client.get(url).context
    fields = dict.fromkeys(context["form"].fields, "")
    return fields | {"version": context["state"].version, "reason": "full"} | changes


def errors(response: Any) -> set[str]:
    """Return the form's fields with errors."""
    assert response.status_code == 200
    return set(response.context["form"].errors)


def test_turning_on(changer: Client, received: Received) -> None:
    response = changer.post(UPLOADS, filled_in(changer), follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert said(response) == ["Turned on: FILE_CREATE."]
    assert enabled_mask() == FILE_CREATE.bit
    flip = SwitchFlip.objects.get()
    assert (flip.actor_name, flip.reason, flip.until) == ("ann", "full", None)
    assert flip.actor == received[0]["actor"]
    assert received[0]["source"].path == UPLOADS


@pytest.mark.parametrize("reason", ["", "   ", "\0\u200b", "r" * 501])
def test_a_reason_of_limited_length_is_required(changer: Client, reason: str) -> None:
    response = changer.post(UPLOADS, filled_in(changer, reason=reason))
    assert errors(response) == {"reason"}
    assert enabled_mask() == 0
    assert "<strong>off</strong>" in response.content.decode()


@pytest.mark.parametrize(("end", "minutes"), [("15m", 15), ("1h", 60), ("1d", 24 * 60)])
def test_for_a_duration(changer: Client, end: str, minutes: int) -> None:
    before = timezone.now()
    changer.post(UPLOADS, filled_in(changer, end=end))
    until = SwitchFlip.objects.get().until
    assert until is not None
    assert before <= until - timedelta(minutes=minutes) <= timezone.now()
    assert enabled_mask() == FILE_CREATE.bit


def test_until_a_date_and_time(changer: Client) -> None:
    until = (timezone.now() + timedelta(days=40)).replace(microsecond=0)
    moment = f"{until:%Y-%m-%dT%H:%M:%S}"
    changer.post(UPLOADS, filled_in(changer, end="at", until=moment))
    assert SwitchFlip.objects.get().until == until


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"end": "at"}, "until"),
        ({"end": "at", "until": "2001-02-03T04:05"}, "until"),
        ({"end": "at", "until": "9999-12-31T23:59"}, "until"),
        ({"end": "at", "until": "soon"}, "until"),
        ({"end": "at", "until": "\0"}, "until"),
        ({"end": "at", "until": "9" * 10_000}, "until"),
        # The typed value would have no effect.
        ({"end": "", "until": "2101-02-03T04:05"}, "until"),
        ({"end": "15m", "until": "2101-02-03T04:05"}, "until"),
        ({"end": "for ever"}, "end"),
        ({"end": "\0"}, "end"),
    ],
)
def test_an_invalid_end(changer: Client, fields: dict[str, str], wrong: str) -> None:
    assert errors(changer.post(UPLOADS, filled_in(changer, **fields))) == {wrong}
    assert enabled_mask() == 0
    assert not SwitchFlip.objects.exists()


@pytest.mark.parametrize("switch", [ACCOUNT_LOGIN, GLOBAL], ids=lambda switch: switch.name)
@pytest.mark.parametrize("typed", ["", "FILE_CREATE", "yes", "\0", "GLOBAL_LOGIN"])
def test_a_guarded_switch_requires_typing_its_name(
    changer: Client, switch: Any, typed: str
) -> None:
    url = page_of(switch)
    assert f"Type {switch.name} to confirm." in changer.get(url).content.decode()
    assert errors(changer.post(url, filled_in(changer, url, name=typed))) == {"name"}
    assert enabled_mask() == 0
    right = filled_in(changer, url, name=f" {switch.name} ")
    assert said(changer.post(url, right, follow=True)) == [f"Turned on: {switch.name}."]
    assert enabled_mask() == switch.bit


def test_other_switches_do_not_require_typing_their_name(changer: Client) -> None:
    for switch in set(registry) - {ACCOUNT_LOGIN, GLOBAL}:
        assert "name" not in changer.get(page_of(switch)).context["form"].fields


def test_a_switch_that_is_on_can_be_given_another_end(changer: Client) -> None:
    set_switch(FILE_CREATE, True, actor_name="bob", reason="full")
    page = changer.get(UPLOADS).content.decode()
    assert ">ON</strong>" in page
    assert f'action="{TURN_OFF}"' in page
    changer.post(UPLOADS, filled_in(changer, end="1h", reason="nearly done"))
    newest = SwitchFlip.objects.first()
    assert newest is not None
    assert (newest.enabled, newest.actor_name, newest.reason) == (True, "ann", "nearly done")
    assert newest.until is not None
    changer.post(UPLOADS, filled_in(changer, reason="not done at all"))
    assert states()[FILE_CREATE.number].until is None
    assert SwitchFlip.objects.count() == 3
    again = changer.post(UPLOADS, filled_in(changer, reason="again"), follow=True)
    assert said(again) == ["Already on: FILE_CREATE."]
    assert SwitchFlip.objects.count() == 3


def test_a_stale_form_changes_nothing_and_reports_it(changer: Client) -> None:
    stale = filled_in(changer, reason="stale", end="1h")
    set_switch(FILE_CREATE, True, actor_name="bob", reason="fire")
    response = changer.post(UPLOADS, stale)
    assert errors(response) == {"__all__"}
    page = response.content.decode()
    assert "bob turned on FILE_CREATE while this page was open (reason: fire)" in page
    assert ">ON</strong>" in page
    assert (SwitchFlip.objects.get().reason, enabled_mask()) == ("fire", FILE_CREATE.bit)

    # The typed values are kept. Posted again, they refer to the state that the page shows now.
    assert response.context["form"]["reason"].value() == "stale"
    again = stale | {"version": response.context["state"].version}
    assert f'name="version" value="{again["version"]}"' in page.replace("&#x2B;", "+")
    assert said(changer.post(UPLOADS, again, follow=True)) == ["Turned on: FILE_CREATE."]


def test_a_form_is_stale_after_two_flips_to_the_same_state(changer: Client) -> None:
    stale = filled_in(changer)
    set_switch(FILE_CREATE, True, actor_name="bob")
    set_switch(FILE_CREATE, False, actor_name="carol")
    page = changer.post(UPLOADS, stale).content.decode()
    assert "carol turned off FILE_CREATE while this page was open (reason: none given)" in page
    assert enabled_mask() == 0


@pytest.mark.parametrize("version", ["yesterday", "\0", "9" * 10_000])
def test_a_forged_version_is_stale(changer: Client, version: str) -> None:
    assert errors(changer.post(UPLOADS, filled_in(changer, version=version))) == {"__all__"}
    assert errors(changer.post(UPLOADS, {"version": version})) == {"reason"}
    assert enabled_mask() == 0


def test_the_page_shows_the_history(changer: Client) -> None:
    assert "Never turned on." in changer.get(UPLOADS).content.decode()
    set_switch(FILE_CREATE, True, actor_name="bob", reason="first")
    set_switch(FILE_CREATE, False, actor_name="carol", reason="second")
    set_switch(GLOBAL, True, actor_name="erin", reason="another switch")
    response = changer.get(UPLOADS)
    assert [flip.reason for flip in response.context["flips"]] == ["second", "first"]
    page = response.content.decode().partition("Latest changes")[2]
    assert "<bdi>carol</bdi></td><td><bdi>second</bdi>" in page
    assert "another switch" not in page
