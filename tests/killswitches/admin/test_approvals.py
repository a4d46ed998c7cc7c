"""Requests for a second person in the admin."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.approvals.people import Person
from killswitches.approvals.services import turn_on
from killswitches.approvals.wishes import Wish
from killswitches.conditions.conditions import Conditions
from killswitches.gate import enabled_mask
from killswitches.models import FlipRequest, SwitchFlip
from killswitches.previews import Matched
from killswitches.registry import FILE_CREATE, GLOBAL, Switch
from killswitches.services import set_switch
from tests.killswitches.flips import MakeStaff
from tests.killswitches.pages import FLIPS, HOSTILE, LIST, page_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

PAGE = page_of(GLOBAL)
#: A page without switches.
OTHER = "/admin/password_change/"


@pytest.fixture(autouse=True)
def rule(settings: Any) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}


@pytest.fixture
def bobs(make_staff: MakeStaff) -> Client:
    """The browser of bob, who may change switches too."""
    browser = Client()
    browser.force_login(make_staff("bob", "view_killswitch", "change_killswitch"))
    return browser


def typed(client: Client, **changes: str) -> dict[str, str]:
    context = client.get(PAGE).context
    # Nobody ticks a box by leaving it empty.
    fields = dict.fromkeys(context["form"].fields, "")
    fields |= {"version": context["state"].version, "name": "GLOBAL", "reason": "fire"}
    return fields | changes


def request_url() -> str:
    return f"{LIST}requests/{FlipRequest.objects.latest('id').pk}/"


@pytest.fixture
def asked(changer: Client) -> str:
    """Ann has requested GLOBAL. Return the URL of her request."""
    changer.post(PAGE, typed(changer))
    return request_url()


def test_a_request_and_its_confirmation(changer: Client, bobs: Client) -> None:
    assert 'id="second_person"' in changer.get(PAGE).content.decode()
    response = changer.post(PAGE, typed(changer), follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    [message] = said(response)
    assert message.startswith("GLOBAL is not changed yet: somebody else must confirm")
    assert enabled_mask() == 0
    for page in (OTHER, LIST, PAGE):
        words = bobs.get(page).content.decode()
        assert "A kill switch waits for a second person" in words
        assert f'href="{request_url()}"' in words
    assert 'name="confirm"' in bobs.get(request_url()).content.decode()
    response = bobs.post(request_url(), {"confirm": "1"}, follow=True)
    assert said(response) == ["Turned on: GLOBAL."]
    assert enabled_mask() == GLOBAL.bit
    flip = SwitchFlip.objects.get()
    assert (flip.actor_name, flip.requested_by_name, flip.reason) == ("bob", "ann", "fire")
    words = bobs.get(PAGE).content.decode()
    assert "requested by <bdi>ann</bdi>" in words
    assert "A kill switch waits" not in words
    assert "Confirmed: <bdi>bob</bdi>" in words


def test_not_by_the_requester(changer: Client, asked: str) -> None:
    other_session = Client()
    other_session.force_login(FlipRequest.objects.get().requested_by)  # type: ignore[arg-type]
    for browser in (changer, other_session):
        page = browser.get(asked).content.decode()
        assert 'name="confirm"' not in page
        assert "You requested this yourself." in page
        response = browser.post(asked, {"confirm": "1"}, follow=True)
        assert said(response) == ["You requested this yourself. Somebody else must confirm it."]
    assert enabled_mask() == 0
    changer.post(asked, {"decline": "1"})
    assert FlipRequest.objects.get().outcome == "withdrawn"


def test_declining_takes_a_reason(asked: str, bobs: Client) -> None:
    response = bobs.post(asked, {"decline": "1", "reason": "a false alarm"}, follow=True)
    assert said(response) == ["The request was closed. Not changed: GLOBAL."]
    words = bobs.get(asked).content.decode()
    assert "Declined: <bdi>bob</bdi>" in words
    assert "a false alarm" in words
    assert 'name="confirm"' not in words
    response = bobs.post(asked, {"confirm": "1"}, follow=True)
    assert said(response) == ["This request no longer waits: it was decided, or it has expired."]
    assert enabled_mask() == 0


def test_without_a_second_person(changer: Client) -> None:
    box = {"alone": "on", "alone_because": "all asleep"}
    response = changer.post(PAGE, typed(changer) | box, follow=True)
    assert said(response) == ["Turned on: GLOBAL."]
    assert SwitchFlip.objects.get().alone_because == "all asleep"
    assert "without a second person: <bdi>all asleep</bdi>" in changer.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("typed_in", "field"),
    [
        ({"alone": "on", "alone_because": " "}, "alone_because"),
        ({"alone": "on", "alone_because": "r" * 501}, "alone_because"),
        ({"alone_because": "all asleep"}, "alone"),
    ],
)
def test_the_way_round_needs_both(changer: Client, typed_in: dict[str, str], field: str) -> None:
    data = typed(changer)
    del data["alone"]
    response = changer.post(PAGE, data | typed_in)
    assert set(response.context["form"].errors) == {field}
    assert enabled_mask() == 0
    assert not FlipRequest.objects.exists()


def test_other_switches_have_no_such_fields(changer: Client) -> None:
    page = changer.get(page_of(FILE_CREATE))
    assert "alone" not in page.context["form"].fields
    assert 'id="second_person"' not in page.content.decode()


def test_conditions_are_previewed_for_who_confirms(
    make_staff: MakeStaff, bobs: Client, preview_by: Any
) -> None:
    class Preview:
        def dialects(self) -> Sequence[str]:
            return ["v5"]

        def preview(self, switch: Switch, conditions: Conditions) -> Sequence[Matched]:
            return [Matched(f"{switch.name} {conditions.as_texts()['share']}", 3, 8)]

    preview_by(Preview())
    wish = Wish("fire", lasts=timedelta(hours=1), conditions=Conditions(share=5))
    turn_on(GLOBAL, wish, Person(make_staff("ann", "change_killswitch")))
    page = bobs.get(request_url()).content.decode()
    assert "GLOBAL 5: <strong>" in page
    assert "3 of 8" in page
    assert "60 minutes after the confirmation" in page
    assert "Only for callers with this condition:" in page


def test_who_may_only_view_cannot_decide(asked: str, make_staff: MakeStaff) -> None:
    viewer = Client()
    viewer.force_login(make_staff("vera", "view_killswitch"))
    assert 'type="submit" name=' not in viewer.get(asked).content.decode()
    for button in ("confirm", "decline"):
        assert viewer.post(asked, {button: "1"}).status_code == 403
    stranger = Client()
    stranger.force_login(make_staff("sam"))
    assert stranger.get(asked).status_code == 403
    assert asked not in stranger.get(OTHER).content.decode()
    assert "A kill switch waits" in stranger.get(OTHER).content.decode()
    assert Client().get(asked).headers["Location"].startswith("/admin/login/")
    assert FlipRequest.objects.get().outcome == ""


def test_a_requester_who_was_banned_confirms_nothing(asked: str, bobs: Client) -> None:
    ann: Any = FlipRequest.objects.get().requested_by
    ann.is_active = False
    ann.save()
    [message] = said(bobs.post(asked, {"confirm": "1"}, follow=True))
    assert message.startswith("The account that requested this may no longer")
    assert enabled_mask() == 0


def test_expired_requests_are_recorded_by_the_pages(asked: str, bobs: Client) -> None:
    FlipRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "A kill switch waits" not in bobs.get(OTHER).content.decode()
    assert FlipRequest.objects.get().outcome == ""
    assert "Expired" in bobs.get(PAGE).content.decode()
    assert FlipRequest.objects.get().outcome == "expired"


@pytest.mark.parametrize("key", ["0", "9" * 30, "abc", "-1"])
def test_an_unknown_request_is_not_found(changer: Client, key: str) -> None:
    for method in (changer.get, changer.post):
        assert method(f"{LIST}requests/{key}/").status_code == 404


def test_an_unregistered_switch_is_not_found(asked: str, bobs: Client) -> None:
    FlipRequest.objects.update(number=61)
    assert bobs.get(asked).status_code == 404


def test_the_history_has_both_people(asked: str, bobs: Client, admin_client: Client) -> None:
    bobs.post(asked, {"confirm": "1"})
    bobs.post(PAGE, typed(bobs, alone="on", alone_because="all asleep", end="1h"))
    words = admin_client.get(FLIPS).content.decode()
    assert "requested by ann" in words
    # An earlier end needs nobody.
    assert "none: all asleep" not in words
    set_switch(GLOBAL, False)
    bobs.post(PAGE, typed(bobs, alone="on", alone_because="all asleep"))
    assert "none: all asleep" in admin_client.get(FLIPS).content.decode()


def test_hostile_texts_are_escaped(changer: Client, bobs: Client) -> None:
    changer.post(PAGE, typed(changer, reason=HOSTILE))
    first = request_url()
    pages = [bobs.get(url) for url in (OTHER, LIST, PAGE, first)]
    bobs.post(first, {"decline": "1", "reason": HOSTILE})
    pages += [bobs.get(url) for url in (PAGE, first)]
    for page in pages:
        text = page.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 1|add:1 }}" in text
        assert "<script>alert(1)" not in text


def test_query_counts(
    asked: str, admin_client: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as found:
            admin_client.get(url)
        return len(found)

    other = "/admin/password_change/done/"
    with_rule = {url: count(url) for url in (other, LIST, PAGE)}
    # Expired ones, the request, the states, and those of any page.
    with django_assert_num_queries(with_rule[other] + 3):
        admin_client.get(asked)
    settings.KILLSWITCHES = {}
    without = {url: count(url) for url in (other, LIST, PAGE)}
    added = {url: with_rule[url] - without[url] for url in without}
    # The banner; the list's own; expired ones, and the newest of the switch.
    assert added == {other: 1, LIST: 2, PAGE: 3}
