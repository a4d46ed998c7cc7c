"""The room of an incident: it follows what runs, works without JavaScript, and fits the screen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as site_settings
from playwright.sync_api import BrowserContext, Page, expect

from killswitches.conditions.conditions import read_conditions
from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_LOGIN
from killswitches.services import set_switch
from sessions_api.incidents.models import Incident, Note, SignOut
from sessions_api.incidents.services import incidents, sign_outs
from sessions_api.incidents.services.jobs import run_due
from sessions_api.models import UserSession
from sessions_api.services.session_search import SessionSearch
from tests.admin_paths import INCIDENTS
from tests.browser import browser_of, page_of
from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.hands import Hands
from tests.chromium.hostile_texts import each
from tests.chromium.lists import expect_message
from tests.chromium.login import give_password
from tests.chromium.screens import SCREENS, expect_to_fit
from tests.sessions_api.incidents.services import by, open_one, steal

OpenDesk = Callable[..., Page]

MAY = (
    *("view_incident", "add_incident", "change_incident"),
    *("view_usersession", "delete_usersession"),
)


@pytest.fixture
def incident(staff: Any, ann: Any, bob: Any) -> Incident:
    steal(ann, 2)
    steal(bob)
    return open_one(by(staff))


def test_it_shows_by_itself_what_has_finished(
    open_desk: OpenDesk, staff: Any, incident: Incident
) -> None:
    page = open_desk(staff, *MAY)
    sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")
    page.goto(page_of(incident))
    expect(page.get_by_role("heading", name="Sign-out: running")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_label("Note:").fill("It is curl")
    run_due()
    expect(page.get_by_role("heading", name="Sign-out: finished")).to_be_visible()
    expect(page.get_by_text("Owners of ended sessions: 2. Not told yet: 2.")).to_be_visible()
    expect(page.get_by_text("0 active sessions match.")).to_be_visible()
    expect(page.locator("#following")).to_have_text("Finished. This page is up to date.")
    # What was being written is not lost.
    expect(page.get_by_label("Note:")).to_have_value("It is curl")
    page.get_by_role("button", name="Write the note").click()
    expect_message(page, "Wrote the note.")


def test_the_end_of_the_login_is_said_with_a_way_back(
    open_desk: OpenDesk, staff: Any, incident: Incident, hands: Hands
) -> None:
    page = open_desk(staff, *MAY)
    sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")
    page.goto(page_of(incident))
    page.context.clear_cookies()
    status = page.get_by_role("alert")
    expect(status).to_have_text("You have been logged out. Log in again and come back")
    expect(status).to_be_focused()
    expect(status).to_be_in_viewport()
    for name in ("Stop here", "Close the incident", "Write the note"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    end = page.get_by_role("link", name="End these sessions", disabled=True)
    expect(end).not_to_have_attribute("href", re.compile("."))
    hands.press(status.get_by_role("link", name="Log in again and come back"))
    give_password(page)
    expect(page.get_by_role("heading", name="Sign-out: running")).to_be_visible()
    assert page.url.endswith(page_of(incident))


def test_an_answer_of_another_page_is_said(
    open_desk: OpenDesk, staff: Any, incident: Incident
) -> None:
    page = open_desk(staff, *MAY)
    page.route("**/progress/", lambda route: route.fulfill(status=200, body="<p>Sorry"))
    sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")
    page.goto(page_of(incident))
    lost = "This page could not be refreshed. Reload it."
    expect(page.locator("#following")).to_have_text(lost)


@pytest.mark.parametrize(
    ("lose", "text"),
    [
        (
            lambda staff, incident: staff.user_permissions.clear(),
            "You may not see this incident any more. Log in again and come back",
        ),
        (lambda staff, incident: incident.delete(), "This incident no longer exists."),
    ],
)
def test_the_loss_of_the_permission_or_the_incident_is_said(
    new_context: Callable[..., BrowserContext],
    live_server: Any,
    staff: Any,
    incident: Incident,
    lose: Callable[[Any, Incident], object],
    text: str,
) -> None:
    # Without a check of Chromium's console, which has an error for each answer with 403 or 404.
    page = new_context().new_page()
    cookie = browser_of(staff, *MAY).cookies[site_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")
    page.goto(page_of(incident))
    lose(staff, incident)
    expect(page.get_by_role("alert")).to_have_text(text)


def test_a_reason_that_is_being_written_is_not_lost(
    open_desk: OpenDesk, staff: Any, root: Any, ann: Any, bob: Any, settings: Any
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
    steal(ann)
    incident = open_one(by(staff))
    sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")
    steal(bob)
    sign_outs.request_sign_out(incident, actor=by(root), reason="more")
    page = open_desk(staff, *MAY)
    page.goto(page_of(incident))
    reason = page.get_by_label("Why you decline it (optional):")
    reason.fill("too many")
    run_due()
    expect(page.get_by_role("heading", name="Sign-out: finished")).to_be_visible()
    expect(reason).to_have_value("too many")
    expect(reason).to_be_focused()
    # It does not approve.
    reason.press("Enter")
    expect_message(page, "Declined. Nothing was ended.")
    assert UserSession.objects.filter(name="stolen").count() == 1


def test_what_runs_comes_first_also_for_the_keyboard(
    open_desk: OpenDesk, staff: Any, incident: Incident
) -> None:
    page = open_desk(staff, *MAY, "view_killswitch", "change_killswitch")
    sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")
    page.goto(page_of(incident))
    stop = page.get_by_role("button", name="Stop here")
    end = page.get_by_role("link", name="End these sessions")
    top = "element => element.getBoundingClientRect().top"
    assert stop.evaluate(top) < end.evaluate(top)
    page.get_by_role("link", name="Open the report").focus()
    page.keyboard.press("Tab")
    expect(stop).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Open this bulk sign-out")).to_be_focused()
    page.keyboard.press("Tab")
    expect(end).to_be_focused()
    run_due()
    expect(page.locator("#following")).to_have_text("Finished. This page is up to date.")
    page.reload()
    expect(end).to_have_count(0)
    preview, work = page.locator("#preview"), page.locator("#work")
    assert preview.evaluate(top) < work.evaluate(top)


def test_on_a_phone_the_list_says_what_its_times_are(
    open_desk: OpenDesk, staff: Any, incident: Incident
) -> None:
    page = open_desk(staff, *MAY, **SCREENS["phone"])
    page.goto(INCIDENTS)
    shown = "element => getComputedStyle(element, '::before').content"
    for column, label in (("began", "Began"), ("opened", "Opened"), ("ended", "Ended sessions")):
        cell = page.locator(f"#result_list .field-{column}")
        assert cell.evaluate(shown) == f'"{label}: "'
    expect_to_fit(page)
    assert not faults_in_both_schemes(page)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_pages_hold_while_a_sign_out_waits(
    open_desk: OpenDesk,
    staff: Any,
    root: Any,
    incident: Incident,
    settings: Any,
    screen: str,
    language: str,
) -> None:
    ours = {"INCIDENT_APPROVAL_ABOVE": 1, "CONSOLE_SESSIONS": True}
    settings.SESSIONS_API = settings.SESSIONS_API | ours
    page = open_desk(root, locale=language, **SCREENS[screen])
    steal(root, address="127.0.0.1")
    incidents.change_incident(incident, actor=by(root), search=SessionSearch())
    incident.refresh_from_db()
    sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")
    change = "203.0.113.0/24"
    set_switch(ACCOUNT_LOGIN, True, conditions=read_conditions(network=change))
    incidents.change_incident(incident, actor=by(root), search=SessionSearch(network=change))
    switch = page_of(KillSwitch(number=ACCOUNT_LOGIN.number))
    paths = {
        "front": "/admin/",
        "room": page_of(incident),
        "end": page_of(incident, "end"),
        "list": INCIDENTS,
        "switch": f"{switch}?back={page_of(incident)}",
    }
    found = set()
    for name, path in paths.items():
        page.goto(path)
        expect_to_fit(page)
        found |= {(name, *fault) for fault in faults_in_both_schemes(page)}
    assert not found, "\n".join(map(str, sorted(found)))


def test_on_a_phone_a_checkbox_is_below_its_label(open_desk: OpenDesk, staff: Any) -> None:
    page = open_desk(staff, *MAY)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{INCIDENTS}add/")
    label = page.get_by_text("Everybody's sessions").first.bounding_box()
    box = page.get_by_role("checkbox", name="Everybody's sessions").bounding_box()
    assert label
    assert box
    assert abs(box["x"] - label["x"]) < 10
    # Chromium paints it in the middle of its box.
    assert box["width"] < 40


def test_without_javascript(open_desk: OpenDesk, staff: Any, ann: Any, hands: Hands) -> None:
    steal(ann, 2)
    page = open_desk(staff, *MAY, java_script_enabled=False)
    page.goto(INCIDENTS)
    page.get_by_role("main").get_by_role("link", name="Open an incident").click()
    page.get_by_label("Name:").fill("Stolen tokens")
    page.get_by_label("Began:").fill("2026-11-28T02:10")
    page.get_by_label("IP address or network:").fill("203.0.113.0/24")
    hands.press(page.get_by_role("button", name="Open the incident"))
    hands.press(page.get_by_role("link", name="End these sessions"))
    page.get_by_label("Reason:").fill("stolen")
    hands.press(page.get_by_role("button", name="End 2 sessions"))
    expect_message(page, "The sessions are being ended. The progress is shown below.")
    run_due()
    hands.press(page.get_by_role("link", name="Refresh"))
    expect(page.get_by_role("heading", name="Sign-out: finished")).to_be_visible()
    hands.press(page.get_by_role("link", name="Tell owners"))
    hands.press(page.get_by_role("button", name="Tell 1 owner"))
    expect_message(page, "The owners are being told.")
    page.get_by_label("Note:").fill("It is curl")
    hands.press(page.get_by_role("button", name="Write the note"))
    expect_message(page, "Wrote the note.")
    hands.press(page.get_by_role("button", name="Close the incident"))
    expect_message(page, "Closed.")


def test_two_people(
    open_desk: OpenDesk, staff: Any, make_user: Any, incident: Incident, settings: Any, hands: Hands
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
    page, theirs = open_desk(staff, *MAY), open_desk(make_user("lee", is_staff=True), *MAY)
    page.goto(page_of(incident, "end"))
    expect(page.get_by_text("A second person has to approve this")).to_be_visible()
    page.get_by_label("Reason:").fill("stolen")
    hands.press(page.get_by_role("button", name="Request approval"))
    expect(page.get_by_text("Somebody else has to approve it.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    theirs.goto(page_of(incident))
    hands.press(theirs.get_by_role("button", name="Approve: end these sessions"))
    expect_message(theirs, "Approved. The sessions are being ended.")
    run_due()
    assert not UserSession.objects.filter(name="stolen").exists()


@each
def test_hostile_texts_neither_run_nor_widen_the_pages(
    open_desk: OpenDesk, staff: Any, incident: Incident, text: str
) -> None:
    sign_outs.request_sign_out(incident, actor=by(staff), reason=text)
    incidents.add_note(incident, text, actor=by(staff))
    Incident.objects.update(name=text, opened_by_name=text)
    SignOut.objects.update(requested_by_name=text)
    Note.objects.update(actor_name=text)
    page = open_desk(staff, *MAY, **SCREENS["phone"])
    paths = (
        INCIDENTS,
        "/admin/",
        *(page_of(incident, one) for one in ("change", "edit", "report")),
    )
    for path in paths:
        page.goto(path)
        expect_to_fit(page)
        assert text[:8] in page.content() or text.startswith(("<", '"'))
    assert not faults_in_both_schemes(page)
