"""Sign-outs of incidents: previewed, approved, run in the background, stopped."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from sessions_api.exceptions import InsufficientPermissions
from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.models import AffectedOwner, SignOut, SignOutState
from sessions_api.incidents.models.jobs import REASON_LENGTH
from sessions_api.incidents.services import incidents, jobs, sign_outs
from sessions_api.incidents.services.previews import preview
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch
from tests.sessions_api.incidents.services import STOLEN, by, open_one, run_all, steal
from tests.sessions_api.services.bulk_sign_outs import cut_small

pytestmark = pytest.mark.django_db

OPERATOR = Actor(name="command line (kim)")


def test_the_sessions_it_is_about_are_ended_and_no_others(ann: Any, bob: Any, chief: Any) -> None:
    steal(ann, 3)
    steal(bob, 2)
    [other] = steal(ann, address="198.51.100.1")
    incident = open_one(by(chief))
    sign_out = sign_outs.request_sign_out(incident, actor=by(chief), reason="stolen")
    assert sign_out.state is SignOutState.RUNNING
    run_all()
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.ended) == (SignOutState.FINISHED, 5)
    assert list(UserSession.objects.all()) == [other]
    assert set(AffectedOwner.objects.values_list("user", flat=True)) == {ann.pk, bob.pk}


def test_it_shows_what_it_is_about_before(ann: Any, bob: Any, chief: Any) -> None:
    steal(ann, 3)
    steal(bob, location="Ghent, Belgium")
    steal(chief)
    shown = preview(STOLEN, actor=by(chief))
    assert (shown.sessions, shown.users, shown.own, shown.skipped) == (5, 3, 1, 0)
    assert [(one.value, one.sessions) for one in shown.locations] == [
        ("Lyon, France", 4),
        ("Ghent, Belgium", 1),
    ]


class TestApproval:
    @pytest.fixture(autouse=True)
    def _above_one(self, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}

    @pytest.fixture
    def waiting(self, ann: Any, bob: Any, chief: Any) -> SignOut:
        steal(ann)
        steal(bob)
        return sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")

    def test_above_the_number_it_waits_for_somebody_else(
        self, waiting: SignOut, chief: Any, other: Any
    ) -> None:
        run_all()
        assert waiting.state is SignOutState.WAITING
        assert UserSession.objects.count() == 2
        with pytest.raises(IncidentConflict, match="Conflict") as caught:
            sign_outs.approve(waiting, actor=by(chief))
        assert caught.value.reason == "own_request"
        sign_outs.approve(waiting, actor=by(other))
        run_all()
        assert not UserSession.objects.exists()
        with pytest.raises(IncidentConflict) as caught:
            sign_outs.approve(waiting, actor=by(other))
        assert caught.value.reason == "decided"

    def test_up_to_the_number_it_runs_at_once(self, ann: Any, chief: Any) -> None:
        steal(ann, 9)
        sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
        run_all()
        assert not UserSession.objects.exists()

    def test_declined_it_ends_nothing(self, waiting: SignOut, other: Any) -> None:
        declined = sign_outs.decline(waiting, actor=by(other), reason="no")
        run_all()
        assert declined.state is SignOutState.DECLINED
        assert UserSession.objects.count() == 2
        with pytest.raises(IncidentConflict):
            sign_outs.approve(waiting, actor=by(other))

    def test_a_requester_who_has_lost_the_permission_is_not_approved(
        self, waiting: SignOut, chief: Any, other: Any
    ) -> None:
        get_user_model().objects.filter(pk=chief.pk).update(is_superuser=False)
        with pytest.raises(InsufficientPermissions):
            sign_outs.approve(waiting, actor=by(other))
        waiting.refresh_from_db()
        assert waiting.state is SignOutState.WAITING

    def test_a_requester_who_is_banned_does_not_make_the_other_seem_banned(
        self, waiting: SignOut, chief: Any, other: Any
    ) -> None:
        get_user_model().objects.filter(pk=chief.pk).update(is_active=False)
        with pytest.raises(InsufficientPermissions):
            sign_outs.approve(waiting, actor=by(other))

    def test_a_requester_who_is_deleted_does_not_make_the_incident_seem_unknown(
        self, waiting: SignOut, chief: Any, other: Any
    ) -> None:
        chief.delete()
        with pytest.raises(InsufficientPermissions):
            sign_outs.approve(waiting, actor=by(other))

    def test_one_that_another_version_has_stored(self, waiting: SignOut, other: Any) -> None:
        SignOut.objects.update(criteria={"kind": "search", "mood": "bad"})
        with pytest.raises(IncidentConflict) as caught:
            sign_outs.approve(waiting, actor=by(other))
        assert caught.value.reason == "unreadable_filter"
        waiting.refresh_from_db()
        assert waiting.state is SignOutState.WAITING

    def test_a_reason_to_decline_is_cut(self, waiting: SignOut, other: Any) -> None:
        sign_outs.decline(waiting, actor=by(other), reason="n" * (REASON_LENGTH + 1))
        declined = AuditEvent.objects.get(kind="incident_declined")
        assert declined.detail["reason"] == "n" * REASON_LENGTH

    def test_a_filter_that_changes_meanwhile_needs_another_preview(
        self, ann: Any, bob: Any, chief: Any
    ) -> None:
        """Else a sign-out of few, which needs no approval, could end the sessions of many."""
        steal(ann)
        steal(bob)
        incident = open_one(by(chief), SessionSearch(users=(str(ann.pk),)))
        incidents.change_incident(incident, search=STOLEN, actor=by(chief))
        with pytest.raises(IncidentConflict) as caught:
            sign_outs.request_sign_out(incident, actor=by(chief), reason="stolen")
        assert caught.value.reason == "changed"
        assert not SignOut.objects.exists()

    def test_alone_it_is_audited(self, ann: Any, bob: Any) -> None:
        steal(ann)
        steal(bob)
        incident = open_one(OPERATOR)
        sign_outs.request_sign_out(
            incident, actor=OPERATOR, reason="stolen", alone_because="nobody is awake"
        )
        run_all()
        assert not UserSession.objects.exists()
        alone = AuditEvent.objects.get(kind="incident_alone")
        assert alone.detail["reason"] == "nobody is awake"


def test_it_stops_at_the_loss_of_authority_and_somebody_else_resumes(
    ann: Any, chief: Any, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch)
    steal(ann, 9)
    sign_out = sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
    get_user_model().objects.filter(pk=chief.pk).update(is_active=False)
    jobs.run_due()
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.error) == (SignOutState.INTERRUPTED, "BANNED_ERROR")
    assert UserSession.objects.count() == 9
    sign_outs.resume(sign_out, actor=by(other))
    run_all()
    assert not UserSession.objects.exists()


def test_it_can_be_stopped(ann: Any, chief: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)
    steal(ann, 9)
    sign_out = sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
    jobs.run_sign_out(sign_out)
    stopped = sign_outs.stop(sign_out, actor=by(chief))
    assert (stopped.state, stopped.ended) == (SignOutState.STOPPED, 4)
    run_all()
    assert UserSession.objects.count() == 5
    with pytest.raises(IncidentConflict):
        sign_outs.stop(stopped, actor=by(chief))


def test_a_deleted_one_cannot_be_resumed(ann: Any, chief: Any) -> None:
    steal(ann)
    incident = open_one(by(chief))
    sign_out = sign_outs.request_sign_out(incident, actor=by(chief), reason="stolen")
    SignOut.objects.all().delete()
    sign_out.pk = 7
    with pytest.raises(InvalidIncident):
        sign_outs.resume(sign_out, actor=by(chief))
