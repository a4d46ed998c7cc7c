"""How sign-outs and mails went, in the room and in the report."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.incidents.services.newest import SHOWN
from sessions_api.incidents.services.participants import MOST
from tests.sessions_api.incidents.admin.desks import confirm_end, do, text_of, url
from tests.sessions_api.incidents.services import by

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
        assert "<strong>waiting for approval</strong>. Ended: <strong>0</strong> of 3." in text
    sign_outs.approve(waiting, actor=by(root))
    jobs.run_due()
    for page in PAGES:
        text = timeline_of(desk, incident, page)
        assert (
            "<strong>finished</strong>. Ended: <strong>3</strong> of 3. "
            "Approved by <bdi>root</bdi>." in text
        )
        # Who approves takes part.
        assert "<strong>Sign-out of an incident approved</strong> (<bdi>root</bdi>)" in text


def test_one_that_is_declined_says_why(
    desk: Browser, incident: Incident, waiting: SignOut, root: Any
) -> None:
    sign_outs.decline(waiting, actor=by(root), reason="A <false> alarm")
    for page in PAGES:
        assert "Declined by <bdi>root</bdi>." in timeline_of(desk, incident, page)
    assert "Reason: <bdi>A &lt;false&gt; alarm</bdi>" in text_of(desk, url(incident, "report"))


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
    assert "<strong>stopped</strong>. Told: <strong>0</strong> of 2" in text_of(
        desk, url(incident, "report")
    )
    assert do(desk, incident, "tell", text="Hello") == "The owners are being told."


def test_of_many_the_newest_are_shown(desk: Browser, incident: Incident) -> None:
    for number in range(SHOWN + 2):
        incident.sign_outs.create(criteria={}, requested_by_name="sam", reason="x", ended=2)
        incident.mails.create(requested_by_name="sam", text=f"y{number}", told=3)
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
    listed = report.partition("Who has worked on it")[2].partition("</ul>")[0]
    assert listed.count("<li>") == MOST
    # The figures are about all.
    assert f"Ended sessions: <strong>{2 * (SHOWN + 2)}</strong>" in report
    assert f"Owners told: <strong>{3 * (SHOWN + 2)}</strong>" in report


def test_whoever_takes_part_again_and_again_is_listed_once(
    desk: Browser, incident: Incident
) -> None:
    for deed in ("leave", "join", "leave", "join"):
        do(desk, incident, deed)
    people = text_of(desk, url(incident, "report")).partition("Who has worked on it")[2]
    assert people.partition("</ul>")[0].count("<bdi>sam</bdi>") == 1
    assert " now<" in people.partition("</ul>")[0]
