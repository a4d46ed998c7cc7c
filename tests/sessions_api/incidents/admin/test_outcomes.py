"""How sign-outs and mails went, in the room and in the report."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.utils import timezone

from killswitches.conditions.conditions import read_conditions
from killswitches.registry import registry
from killswitches.services import set_switch
from killswitches.times import plain_time
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.incidents.services.newest import SHOWN
from sessions_api.incidents.services.participants import MOST
from sessions_api.models import AuditEvent
from sessions_api.services.audit import record
from tests.sessions_api.incidents.admin.desks import VIEW, confirm_end, desk_of, do, text_of, url
from tests.sessions_api.incidents.services import by, steal

pytestmark = pytest.mark.django_db

PAGES = ("change", "report", "report-file")


def timeline_of(browser: Browser, incident: Incident, page: str) -> str:
    return text_of(browser, url(incident, page)).rpartition(">Timeline</h2>")[2]


@pytest.fixture
def waiting(desk: Browser, incident: Incident, settings: Any) -> SignOut:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
    confirm_end(desk, incident)
    return SignOut.objects.get()


def test_the_timeline_says_how_a_sign_out_went(
    desk: Browser, incident: Incident, waiting: SignOut, root: Any
) -> None:
    for page in PAGES:
        text = timeline_of(desk, incident, page)
        assert "<strong>Sign-out: waiting for approval</strong>" in text
        # Nothing has begun.
        assert "Ended: <strong>" not in text
    sign_outs.approve(waiting, actor=by(root))
    jobs.run_due()
    for page in PAGES:
        text = timeline_of(desk, incident, page)
        assert "<strong>Sign-out: finished</strong> (<bdi>sam</bdi>)" in text
        assert "Ended: <strong>3</strong> of 3. Approved by <bdi>root</bdi>." in text
        # Who approves takes part.
        assert "<strong>Sign-out of an incident approved</strong> (<bdi>root</bdi>)" in text


def test_one_that_is_declined_says_why(
    desk: Browser, incident: Incident, waiting: SignOut, root: Any
) -> None:
    sign_outs.decline(waiting, actor=by(root), reason="A <false> alarm")
    for page in PAGES:
        assert "Declined by <bdi>root</bdi>." in timeline_of(desk, incident, page)
    assert "Reason: <bdi>A &lt;false&gt; alarm</bdi>" in text_of(desk, url(incident, "report"))


def test_one_that_is_withdrawn_says_so(
    desk: Browser, incident: Incident, waiting: SignOut, staff: Any
) -> None:
    sign_outs.decline(waiting, actor=by(staff), reason="too <many>")
    for page in PAGES:
        text = text_of(desk, url(incident, page))
        assert "Withdrawn by <bdi>sam</bdi> (<time" in text
        assert "Reason: <bdi>too &lt;many&gt;</bdi>" in text
        in_line = timeline_of(desk, incident, page)
        assert "Withdrawn by <bdi>sam</bdi>. Reason: <bdi>too &lt;many&gt;</bdi>" in in_line
        assert "Sign-out: withdrawn" in in_line
        assert "Declined by" not in text
        assert "declined" not in text
        assert "Ended: <strong>" not in text


def test_what_its_preview_had_shown(
    desk: Browser, incident: Incident, staff: Any, root: Any, helper: Any, settings: Any
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
    steal(root)
    steal(staff, 2)
    confirm_end(desk, incident)
    for page in PAGES:
        text = "".join(text_of(desk, url(incident, page)).partition("Sessions in the preview")[1:])
        text = text.partition("Requested by")[0]
        for part in (
            "Sessions in the preview: <strong>5</strong>. Their users: <strong>3</strong>.",
            "Skipped (only superusers can end these): 1.",
            "Among them of the requester (<bdi>sam</bdi>): 2.",
        ):
            assert part in text, part
        assert "<bdi>Lyon, France</bdi>: 5" in text
        text = text_of(desk_of(helper, *VIEW), url(incident, page))
        assert "Sessions in the preview: <strong>5</strong>" in text
        # These are for who may view sessions.
        assert "Lyon" not in text
    sign_outs.approve(SignOut.objects.get(), actor=by(root))
    assert "Sessions in the preview" not in text_of(desk, url(incident))
    assert "Sessions in the preview" in text_of(desk, url(incident, "report"))


def test_a_switch_is_shown_with_its_conditions_and_its_end(
    desk: Browser, incident: Incident, staff: Any
) -> None:
    until = timezone.now().replace(microsecond=5) + timedelta(hours=1)
    conditions = read_conditions(network="203.0.113.0/24", dialect="v5")
    login = registry.get("ACCOUNT_LOGIN")
    set_switch(login, True, actor=staff, reason="Thieves", until=until, conditions=conditions)
    shown = f"(<bdi>only for dialect v5, network 203.0.113.0/24, until {plain_time(until)}</bdi>)"
    for page in PAGES:
        assert f"ACCOUNT_LOGIN: Thieves</span> {shown}" in timeline_of(desk, incident, page)
    # A condition of a newer version.
    record(AuditEvent.Kind.SWITCH_ON, by(staff), switch="OLD", only_for={"moon": "full"})
    for page in PAGES:
        assert "(<bdi>only for moon full</bdi>)" in timeline_of(desk, incident, page)


def test_who_has_resumed_it(desk: Browser, incident: Incident, staff: Any, root: Any) -> None:
    confirm_end(desk, incident)
    SignOut.objects.update(due_at=None, error="BANNED_ERROR")
    for page in PAGES:
        assert "Resumed by" not in text_of(desk, url(incident, page))
    sign_outs.resume(SignOut.objects.get(), actor=by(root))
    for page in PAGES:
        text = text_of(desk, url(incident, page))
        assert "Resumed by <bdi>root</bdi> (" in text
        assert "Requested by <bdi>sam</bdi>" in text


def test_mails_that_are_interrupted_and_stopped(desk: Browser, incident: Incident) -> None:
    confirm_end(desk, incident)
    jobs.run_due()
    do(desk, incident, "tell", text="Hello")
    get_user_model().objects.filter(username="sam").update(is_active=False)
    jobs.run_due()
    get_user_model().objects.filter(username="sam").update(is_active=True)
    room = text_of(desk, url(incident))
    assert "Mail to owners: interrupted" in room
    assert "Stop it, then tell the others by another mail." in room
    do(desk, incident, f"mails/{OwnersMail.objects.get().pk}")
    assert "Mail to owners: stopped" in text_of(desk, url(incident))
    assert "<strong>stopped</strong>. Told: <strong>0</strong> of 2." in text_of(
        desk, url(incident, "report")
    )
    assert do(desk, incident, "tell", text="Hello") == "The owners are being told."


def test_of_many_the_newest_are_shown(desk: Browser, incident: Incident) -> None:
    for number in range(SHOWN + 2):
        by_sam = {"requested_by_name": "sam", "finished_at": incident.opened_at}
        incident.sign_outs.create(criteria={}, reason="x", ended=2, **by_sam)
        incident.mails.create(text=f"y{number}", told=3, **by_sam)
    for number in range(MOST + 1):
        incident.participations.create(actor_name=f"u{number}", since=incident.opened_at)
    for page in ("change", "progress", "report"):
        text = text_of(desk, url(incident, page))
        assert "Older sign-outs that are not shown: 2<" in text
        assert "Older mails that are not shown: 2<" in text
        assert ("y1<" in text, "y2<" in text) == (False, True)
    report = text_of(desk, url(incident, "report"))
    # Sam takes part, too.
    assert "People who came later, and are not listed: 2<" in report
    listed = report.partition("Who has taken part")[2].partition("</ul>")[0]
    assert listed.count("<li>") == MOST
    # The figures are about all.
    assert f"Ended sessions: <strong>{2 * (SHOWN + 2)}</strong>" in report
    assert f"Owners told: <strong>{3 * (SHOWN + 2)}</strong>" in report


def test_whoever_takes_part_again_and_again_is_listed_once(
    desk: Browser, incident: Incident
) -> None:
    for deed in ("leave", "join", "leave", "join"):
        do(desk, incident, deed)
    people = text_of(desk, url(incident, "report")).partition("Who has taken part")[2]
    assert people.partition("</ul>")[0].count("<bdi>sam</bdi>") == 1
    assert " now<" in people.partition("</ul>")[0]


def test_the_report_says_whether_it_is_open(desk: Browser, incident: Incident) -> None:
    assert "<p>State: <strong>open</strong></p>" in text_of(desk, url(incident, "report"))
    do(desk, incident, "close")
    assert "<p>State: <strong>closed</strong></p>" in text_of(desk, url(incident, "report"))
