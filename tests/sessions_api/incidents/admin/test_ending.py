"""Ending the sessions of an incident from its room, alone or with a second person."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from sessions_api.incidents.models import Incident, SignOut, SignOutState
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.incidents.services.incidents import change_incident
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.session_search import SessionSearch
from tests.browser import said
from tests.sessions_api.incidents.admin.desks import ALL, confirm_end, desk_of, do, text_of, url
from tests.sessions_api.incidents.services import by, open_one, steal
from tests.sessions_api.services.bulk_sign_outs import cut_small

pytestmark = pytest.mark.django_db

WITHOUT_END = tuple(one for one in ALL if one != "delete_usersession")


@pytest.fixture
def above_one(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}


def test_the_page_says_what_will_end_and_ends_it(desk: Browser, incident: Incident) -> None:
    page = text_of(desk, url(incident, "end"))
    assert "<strong>3</strong> active sessions match." in page
    assert "2 users are affected." in page
    assert "<bdi>Lyon, France</bdi>: 3" in page
    assert 'value="End 3 sessions"' in page
    assert "second person" not in page
    answer = confirm_end(desk, incident)
    assert said(answer) == "The sessions are being ended. The progress is shown below."
    jobs.run_due()
    assert not UserSession.objects.filter(name="stolen").exists()
    room = text_of(desk, url(incident))
    assert "Ended: <strong>3</strong> of 3" in room
    assert "Reason: <bdi>stolen</bdi>" in room


def test_one_session_is_one(desk: Browser, incident: Incident) -> None:
    UserSession.objects.filter(user__username="ann").delete()
    page = text_of(desk, url(incident, "end"))
    assert "<strong>1</strong> active session matches. 1 user is affected." in page


def test_superusers_and_own_sessions_are_named(
    desk: Browser, incident: Incident, staff: Any, root: Any
) -> None:
    steal(root)
    steal(staff)
    page = text_of(desk, url(incident, "end"))
    assert "Skipped (only superusers can end these): 1" in page
    assert "This includes 1 session of your own." in page


def test_a_filter_that_cannot_be_read_is_not_called_a_closed_incident(
    desk: Browser, incident: Incident
) -> None:
    Incident.objects.update(criteria={"kind": "search", "colour": "red"})
    answer = desk.get(url(incident, "end"), follow=True)
    assert said(answer) == "This version cannot read the filter. Enter it again."
    do(desk, incident, "close")
    assert said(desk.get(url(incident, "end"), follow=True)).startswith("This incident is closed.")


def test_a_reason_is_required(desk: Browser, incident: Incident) -> None:
    page = confirm_end(desk, incident, reason=" ")
    assert list(page.context["form"].errors) == ["reason"]
    assert not SignOut.objects.exists()


def test_everybody_takes_a_word(desk: Browser, incident: Incident, staff: Any) -> None:
    change_incident(incident, actor=by(staff), search=SessionSearch())
    assert list(confirm_end(desk, incident).context["form"].errors) == ["everybody"]
    assert list(confirm_end(desk, incident, everybody="x").context["form"].errors) == ["everybody"]
    assert not SignOut.objects.exists()
    confirm_end(desk, incident, everybody="Everybody")
    assert SignOut.objects.get().search.is_for_everybody


def test_nothing_to_end_is_said(desk: Browser, incident: Incident) -> None:
    UserSession.objects.all().delete()
    page = desk.get(url(incident, "end"), follow=True)
    assert said(page) == "No active session matches; nothing was changed."


def test_a_page_that_is_sent_twice_ends_once(desk: Browser, incident: Incident) -> None:
    given = desk.get(url(incident, "end")).context["hidden"] | {"reason": "stolen"}
    for _ in range(2):
        assert desk.post(url(incident, "end"), given)["Location"] == url(incident)
    assert SignOut.objects.count() == 1


def test_two_people_at_once_are_told(
    desk: Browser, other_desk: Browser, incident: Incident
) -> None:
    given = other_desk.get(url(incident, "end")).context["hidden"] | {"reason": "stolen"}
    confirm_end(desk, incident)
    page = other_desk.post(url(incident, "end"), given)
    assert "sam has requested a sign-out while this page was open" in page.content.decode()
    given |= page.context["hidden"]
    page = other_desk.post(url(incident, "end"), given, follow=True)
    assert said(page).startswith("An earlier one has not finished yet. Nothing was changed.")
    assert SignOut.objects.count() == 1


def test_other_sessions_than_were_shown_are_not_ended(
    desk: Browser, incident: Incident, staff: Any
) -> None:
    given = desk.get(url(incident, "end")).context["hidden"] | {"reason": "stolen"}
    change_incident(incident, actor=by(staff), search=SessionSearch())
    page = desk.post(url(incident, "end"), given | {"everybody": "everybody"})
    assert "Somebody has changed the filter" in page.content.decode()
    assert not SignOut.objects.exists()


def test_a_closed_incident_ends_nothing(desk: Browser, incident: Incident) -> None:
    given = desk.get(url(incident, "end")).context["hidden"] | {"reason": "stolen"}
    do(desk, incident, "close")
    page = desk.post(url(incident, "end"), given, follow=True)
    assert said(page).startswith("This incident is closed.")
    assert not SignOut.objects.exists()


def test_it_takes_both_permissions(staff: Any, incident: Incident) -> None:
    sign_out = sign_outs.request_sign_out(incident, actor=by(staff), reason="x")
    browser = desk_of(staff, *WITHOUT_END)
    assert browser.get(url(incident, "end")).status_code == 403
    assert browser.post(url(incident, "end"), {"reason": "x"}).status_code == 403
    for button in ("approve", "decline", "stop", "resume"):
        path = url(incident, f"sign-outs/{sign_out.pk}")
        assert browser.post(path, {button: ""}).status_code == 403
    page = text_of(browser, url(incident))
    assert "End these sessions" not in page
    assert "Stop here" not in page


class TestASecondPerson:
    @pytest.fixture(autouse=True)
    def _above_one(self, above_one: None) -> None:
        pass

    @pytest.fixture
    def waiting(self, desk: Browser, incident: Incident) -> SignOut:
        page = text_of(desk, url(incident, "end"))
        assert "A second person has to approve this" in page
        assert 'value="Request approval"' in page
        answer = confirm_end(desk, incident)
        assert "a second person has to approve it" in said(answer)
        return SignOut.objects.get()

    def decide(self, browser: Browser, sign_out: SignOut, button: str) -> str:
        page = f"sign-outs/{sign_out.pk}"
        return do(browser, sign_out.incident, page, **{button: ""})

    def test_approves(
        self, desk: Browser, other_desk: Browser, incident: Incident, waiting: SignOut
    ) -> None:
        own, theirs = text_of(desk, url(incident)), text_of(other_desk, url(incident))
        assert 'name="approve"' not in own
        assert "Somebody else has to approve it." in own
        assert 'name="approve"' in theirs
        assert self.decide(desk, waiting, "approve").startswith("You requested this yourself.")
        said = self.decide(other_desk, waiting, "approve")
        assert said == "Approved. The sessions are being ended."
        jobs.run_due()
        assert not UserSession.objects.filter(name="stolen").exists()
        assert "Approved by <bdi>lee</bdi>" in text_of(desk, url(incident))
        assert self.decide(other_desk, waiting, "approve").startswith("Somebody has approved")

    def test_is_done_without_if_nobody_can_be_reached(
        self, desk: Browser, incident: Incident
    ) -> None:
        button = '<input type="submit" name="alone" value="End these sessions without a second '
        assert button in text_of(desk, url(incident, "end"))
        page = confirm_end(desk, incident, alone="")
        assert list(page.context["form"].errors) == ["alone_because"]
        assert not SignOut.objects.exists()
        confirm_end(desk, incident, alone="", alone_because="it is night")
        assert SignOut.objects.get().state is SignOutState.RUNNING
        assert "Without a second person: <bdi>it is night</bdi>" in text_of(desk, url(incident))
        alone = AuditEvent.objects.get(kind="incident_alone")
        assert (alone.actor_name, alone.detail["reason"]) == ("sam", "it is night")

    def test_is_asked_by_the_other_button_whatever_the_reason_for_doing_without(
        self, desk: Browser, incident: Incident
    ) -> None:
        confirm_end(desk, incident, alone_because="it is night")
        assert SignOut.objects.get().state is SignOutState.WAITING

    def test_is_not_mentioned_where_none_is_needed(
        self, desk: Browser, incident: Incident, settings: Any
    ) -> None:
        ours = settings.SESSIONS_API
        for above in (2, None):
            settings.SESSIONS_API = ours | {"INCIDENT_APPROVAL_ABOVE": above}
            assert "second person" not in text_of(desk, url(incident, "end"))

    def test_declines(self, other_desk: Browser, incident: Incident, waiting: SignOut) -> None:
        assert self.decide(other_desk, waiting, "decline") == "Declined. Nothing was ended."
        jobs.run_due()
        assert UserSession.objects.filter(name="stolen").count() == 3
        assert "Declined by <bdi>lee</bdi>" in text_of(other_desk, url(incident))

    def test_is_told_if_the_first_may_no_longer(
        self, other_desk: Browser, waiting: SignOut, staff: Any
    ) -> None:
        get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
        said = self.decide(other_desk, waiting, "approve")
        assert "whoever requested this may no longer end sessions" in said
        get_user_model().objects.filter(pk=staff.pk).delete()
        said = self.decide(other_desk, waiting, "approve")
        assert "whoever requested this may no longer end sessions" in said
        waiting.refresh_from_db()
        assert waiting.state is SignOutState.WAITING


def test_it_is_stopped(desk: Browser, incident: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)
    confirm_end(desk, incident)
    sign_out = SignOut.objects.get()
    path = f"sign-outs/{sign_out.pk}"
    assert do(desk, incident, path, stop="") == "Stopped. The remaining sessions stay active."
    assert do(desk, incident, path, stop="").startswith("It had finished already.")
    assert do(desk, incident, path, resume="").startswith("It had finished already.")
    jobs.run_due()
    assert UserSession.objects.filter(name="stolen").count() == 3


def test_an_interrupted_one_is_resumed_by_somebody_else(
    desk: Browser, other_desk: Browser, incident: Incident, staff: Any
) -> None:
    confirm_end(desk, incident)
    get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
    jobs.run_due()
    room = text_of(other_desk, url(incident))
    assert "It was interrupted: <bdi>BANNED_ERROR</bdi>" in room
    sign_out = SignOut.objects.get()
    assert do(other_desk, incident, f"sign-outs/{sign_out.pk}", resume="") == "Resumed."
    jobs.run_due()
    assert not UserSession.objects.filter(name="stolen").exists()


def test_one_that_includes_superusers_is_not_resumed_by_others(
    desk: Browser, incident: Incident, root: Any, roots_desk: Browser
) -> None:
    steal(root)
    confirm_end(roots_desk, incident)
    get_user_model().objects.filter(pk=root.pk).update(is_active=False)
    jobs.run_due()
    sign_out = SignOut.objects.get()
    assert 'name="resume"' not in text_of(desk, url(incident))
    answer = desk.post(url(incident, f"sign-outs/{sign_out.pk}"), {"resume": ""})
    assert answer.status_code == 403
    sign_out.refresh_from_db()
    assert sign_out.state is SignOutState.INTERRUPTED


def test_the_sign_out_of_another_incident_is_not_found(
    desk: Browser, incident: Incident, staff: Any
) -> None:
    confirm_end(desk, incident)
    other = open_one(by(staff), SessionSearch(browser="curl"))
    said = do(desk, other, f"sign-outs/{SignOut.objects.get().pk}", stop="")
    assert said == "This no longer exists. Nothing was changed."
    assert SignOut.objects.get().state is SignOutState.RUNNING


def test_the_progress_is_shown_without_the_rest(desk: Browser, incident: Incident) -> None:
    confirm_end(desk, incident)
    part = text_of(desk, url(incident, "progress"))
    assert "data-running" in part
    assert "<progress" in part
    assert "Timeline" not in part
