"""The admin page with all switches, and turning them off there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from killswitches.gate import enabled_mask
from killswitches.models import REASON_LENGTH, KillSwitch, SwitchFlip
from killswitches.registry import ACCOUNT_LOGIN, BUILT_IN, FILE_CREATE, GLOBAL, Switch, registry
from killswitches.services import LAPSED, set_switch, states
from tests.killswitches.flips import MakeStaff, Received, lapse
from tests.killswitches.pages import FLIPS, HOSTILE, LIST, TURN_OFF, page_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

#: The lowest number that no switch has.
UNKNOWN = str(min(set(range(63)) - {switch.number for switch in registry}))


def shown(*switches: Switch) -> dict[str, str]:
    """Return the data that the button for these switches posts now."""
    versions = {state.switch: state.version for state in states()}
    return {str(switch.number): versions[switch] for switch in switches}


def section_of(client: Client, switch: Switch) -> str:
    """Return the row of a switch on the page."""
    page = client.get(LIST).content.decode()
    _, _, rest = page.partition(f'<tr id="switch_{switch.name}">')
    return re.split(r'<tr id="switch_|</table>\s*</div>\s*$', rest)[0]


def test_the_page_shows_every_switch_with_its_state(viewer: Client) -> None:
    lapse(GLOBAL, datetime(2031, 2, 3, 4, 5, tzinfo=UTC), actor_name="bob", reason="fire")
    set_switch(FILE_CREATE, True, actor_name="carol", reason="full")
    set_switch(FILE_CREATE, False, actor_name="dave", reason="emptied")
    for switch in registry:
        section = section_of(viewer, switch)
        assert escape(switch.description) in section
        assert (">ON</strong>" in section) is (switch is GLOBAL)
        assert ("<strong>off</strong>" in section) is (switch is not GLOBAL)
        assert ("Never turned on." in section) is (switch not in (GLOBAL, FILE_CREATE))
    section = section_of(viewer, GLOBAL)
    for words in ("Turned on <time", "by <bdi>bob</bdi>. Turns off at <time", ">fire<"):
        assert words in section
    assert (
        '<time datetime="2031-02-03T04:05:00+00:00" dir="auto">2031-02-03 04:05:00 UTC</time>'
        in section
    )
    line, _, unfolded = section_of(viewer, FILE_CREATE).partition("</summary>")
    assert "dave" not in line
    now, _, history = unfolded.partition("<details>")
    assert "by <bdi>dave</bdi>." in now
    assert "Reason: <bdi>emptied</bdi>" in now
    assert "Turns off" not in now
    assert "<bdi>carol</bdi></td><td><bdi>full</bdi>" in history
    assert f"{FLIPS}?switch=FILE_CREATE" in history


def test_what_needs_care_comes_first(viewer: Client) -> None:
    def order() -> list[str]:
        return re.findall(r'<tr id="switch_(\w+)"', viewer.get(LIST).content.decode())

    others = [one.name for one in registry if one not in (GLOBAL, ACCOUNT_LOGIN)]
    assert order() == ["GLOBAL", "ACCOUNT_LOGIN", *others]
    set_switch(FILE_CREATE, True)
    set_switch(ACCOUNT_LOGIN, True)
    others.remove("FILE_CREATE")
    assert order() == ["ACCOUNT_LOGIN", "FILE_CREATE", "GLOBAL", *others]


def test_it_shows_the_five_newest_flips(viewer: Client) -> None:
    for turn in range(7):
        set_switch(FILE_CREATE, turn % 2 == 0, reason=f"turn {turn}")
    history = section_of(viewer, FILE_CREATE).partition("Latest changes")[2]
    assert [n for n in range(7) if f"turn {n}" in history] == [2, 3, 4, 5, 6]
    assert history.index("turn 6") < history.index("turn 2")


def test_a_host_switch_is_shown_and_an_undeclared_one_is_not(
    viewer: Client, own_switches: None
) -> None:
    exports = registry.register(Switch(20, "EXPORTS", "Stops exports."))
    KillSwitch.objects.create(number=40, enabled=True)
    assert "Stops exports." in section_of(viewer, exports)
    assert "(40)" not in viewer.get(LIST).content.decode()
    assert viewer.get(page_of(exports)).status_code == 200


def test_a_lapse_is_recorded_before_it_is_shown(viewer: Client) -> None:
    lapse(GLOBAL, timezone.now() - timedelta(seconds=1))
    assert "<strong>off</strong>" in section_of(viewer, GLOBAL)
    assert LAPSED in section_of(viewer, GLOBAL)
    assert SwitchFlip.objects.filter(reason=LAPSED).count() == 1


@pytest.mark.parametrize("reason", ["", "Out", " \0\n ", HOSTILE, "x" * 1000])
def test_turn_off_with_one_click(changer: Client, received: Received, reason: str) -> None:
    set_switch(GLOBAL, True)
    set_switch(FILE_CREATE, True)
    fields = shown(GLOBAL) | ({"reason": reason} if reason else {})
    response = changer.post(TURN_OFF, fields, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert said(response) == ["Turned off: GLOBAL."]
    assert enabled_mask() == FILE_CREATE.bit
    flip = SwitchFlip.objects.first()
    assert flip is not None
    assert (flip.enabled, flip.actor_name) == (False, "ann")
    assert flip.reason == (reason.strip(" \0\n")[:REASON_LENGTH] or "Turned off in the admin.")
    assert received[-1]["source"].path == TURN_OFF


def test_the_buttons_post_what_the_page_shows(changer: Client) -> None:
    for switch in (ACCOUNT_LOGIN, GLOBAL):
        set_switch(switch, True)
    page = changer.get(LIST).content.decode()
    for name, value in shown(ACCOUNT_LOGIN, GLOBAL).items():
        # Once for its own button, and once for the button for all.
        assert page.count(f'<input type="hidden" name="{name}" value="{escape(value)}">') == 2
    assert 'value="Turn off GLOBAL"' in page
    assert 'value="Turn all off"' in page
    assert "Turn on GLOBAL" not in page
    assert "Turn on FILE_CREATE" in page
    assert page.count(f'action="{TURN_OFF}"') == 3
    for url in (LIST, page_of(GLOBAL)):
        page = changer.get(url).content.decode()
        assert page.count('method="post"') == page.count('name="csrfmiddlewaretoken"')


def test_turn_all_off(changer: Client) -> None:
    for switch in (ACCOUNT_LOGIN, GLOBAL):
        set_switch(switch, True)
    done = changer.post(TURN_OFF, shown(ACCOUNT_LOGIN, GLOBAL), follow=True)
    assert said(done) == ["Turned off: ACCOUNT_LOGIN.", "Turned off: GLOBAL."]
    assert enabled_mask() == 0
    assert "Turn all off" not in done.content.decode()


def test_a_switch_turned_on_in_the_meantime_stays_on(changer: Client) -> None:
    set_switch(ACCOUNT_LOGIN, True)
    fields = shown(ACCOUNT_LOGIN)
    set_switch(GLOBAL, True)
    assert said(changer.post(TURN_OFF, fields, follow=True)) == ["Turned off: ACCOUNT_LOGIN."]
    assert enabled_mask() == GLOBAL.bit


def test_a_switch_flipped_in_the_meantime_is_not_changed(changer: Client) -> None:
    for switch in (ACCOUNT_LOGIN, GLOBAL):
        set_switch(switch, True)
    fields = shown(ACCOUNT_LOGIN, GLOBAL)
    set_switch(GLOBAL, False)
    set_switch(GLOBAL, True, actor_name="bob", reason="fire again")
    messages = said(changer.post(TURN_OFF, fields, follow=True))
    assert messages[0] == "Turned off: ACCOUNT_LOGIN."
    assert "bob turned on GLOBAL while this page was open (reason: fire again)" in messages[1]
    assert enabled_mask() == GLOBAL.bit
    # A second post of the same page.
    messages = said(changer.post(TURN_OFF, fields, follow=True))
    assert "ann turned off ACCOUNT_LOGIN while this page was open" in messages[0]
    assert SwitchFlip.objects.filter(number=ACCOUNT_LOGIN.number).count() == 2


@pytest.mark.parametrize("version", ["", "yesterday", "\0", "9" * 10_000])
def test_a_forged_version_turns_nothing_off(changer: Client, version: str) -> None:
    set_switch(GLOBAL, True)
    assert (
        "while this page was open" in said(changer.post(TURN_OFF, {"8": version}, follow=True))[0]
    )
    assert enabled_mask() == GLOBAL.bit


@pytest.mark.parametrize("fields", [{}, {UNKNOWN: ""}, {"-1": ""}, {"GLOBAL": ""}, {"9" * 100: ""}])
def test_a_post_that_names_no_switch_changes_nothing(
    changer: Client, fields: dict[str, str]
) -> None:
    set_switch(GLOBAL, True)
    response = changer.post(TURN_OFF, fields, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert enabled_mask() == GLOBAL.bit


def test_a_get_request_for_the_button_redirects_to_the_page(changer: Client) -> None:
    set_switch(GLOBAL, True)
    assert changer.get(TURN_OFF, shown(GLOBAL)).headers["Location"] == LIST
    assert enabled_mask() == GLOBAL.bit


def test_a_post_from_another_site_is_refused(make_staff: MakeStaff) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff("ann", "change_killswitch"))
    set_switch(GLOBAL, True)
    assert client.post(TURN_OFF, shown(GLOBAL)).status_code == 403
    assert client.post(page_of(FILE_CREATE), {"version": "", "reason": "no"}).status_code == 403
    assert enabled_mask() == GLOBAL.bit


@pytest.mark.parametrize("permission", ["change_killswitch", "change_switchflip"])
def test_change_permission_does_not_include_view_permission(
    client: Client, make_staff: MakeStaff, permission: str
) -> None:
    """As for the API."""
    client.force_login(make_staff("ann", permission))
    for url in (LIST, page_of(FILE_CREATE), FLIPS):
        assert client.get(url).status_code == 403


def test_view_permission_shows_no_controls(viewer: Client) -> None:
    set_switch(GLOBAL, True)
    for url in (LIST, page_of(GLOBAL), page_of(FILE_CREATE)):
        main = viewer.get(url).content.decode().partition('id="content"')[2]
        assert "<form" not in main
        assert "<input" not in main
        assert "Turn o" not in main
    assert viewer.post(TURN_OFF, shown(GLOBAL)).status_code == 403
    assert viewer.post(page_of(FILE_CREATE), {"version": "", "reason": "no"}).status_code == 403
    assert enabled_mask() == GLOBAL.bit


def test_staff_without_permission_see_nothing(client: Client, make_staff: MakeStaff) -> None:
    client.force_login(make_staff("sam"))
    for url in (LIST, page_of(GLOBAL), TURN_OFF, FLIPS):
        assert client.get(url).status_code == 403
    assert client.post(TURN_OFF, shown(GLOBAL)).status_code == 403


def test_others_are_redirected_to_the_login(client: Client, django_user_model: Any) -> None:
    for _ in ("a stranger", "a user"):
        for url in (LIST, page_of(GLOBAL), TURN_OFF):
            assert client.post(url).headers["Location"].startswith("/admin/login/")
        client.force_login(django_user_model.objects.get_or_create(username="eve")[0])


def test_switches_cannot_be_added_or_deleted(admin_client: Client) -> None:
    assert admin_client.get(f"{FLIPS}add/").status_code == 403
    for path in ("add/", "8/delete/", "8/history/", "8/"):
        assert admin_client.post(f"{LIST}{path}", {"post": "yes"}).status_code == 404
    assert f"{LIST}add/" not in admin_client.get("/admin/").content.decode()


@pytest.mark.parametrize("number", [UNKNOWN, "-1", "abc", "9" * 30, "%00", "4_"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_number_is_not_found(admin_client: Client, number: str, method: str) -> None:
    assert getattr(admin_client, method)(f"{LIST}{number}/change/").status_code == 404


def test_hostile_texts_are_escaped(admin_client: Client) -> None:
    set_switch(ACCOUNT_LOGIN, True, actor_name=HOSTILE, reason=HOSTILE)
    stale = {"version": "stale", "name": "ACCOUNT_LOGIN", "reason": HOSTILE}
    pages = [
        *(admin_client.get(url) for url in (LIST, page_of(ACCOUNT_LOGIN), FLIPS)),
        admin_client.post(page_of(ACCOUNT_LOGIN), stale),
        admin_client.post(TURN_OFF, {"4": "stale"}, follow=True),
    ]
    for page in pages:
        text = page.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 1|add:1 }}" in text
        assert "<script>alert(1)" not in text


@pytest.mark.parametrize("on", [0, len(BUILT_IN)])
def test_query_counts(admin_client: Client, django_assert_num_queries: Any, on: int) -> None:
    for switch in list(registry)[:on]:
        set_switch(switch, True, reason="fire")
    with CaptureQueriesContext(connection) as of_any_page:
        admin_client.get("/admin/password_change/done/")
    # The states, the newest flips and the newest drills.
    with django_assert_num_queries(len(of_any_page) + 3):
        admin_client.get(LIST)
    # The lapses, the flips, the states, and the drills; of a switch that is on, the logins.
    logins = 4 if connection.vendor == "postgresql" else 1  # There with a limit of time.
    with django_assert_num_queries(len(of_any_page) + 4 + (logins if on else 0)):
        admin_client.get(page_of(GLOBAL))
