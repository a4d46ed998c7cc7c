"""What a sign-out of an incident ends, what stays, and what is left of it."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import SignOut, SignOutState
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.models import BulkSignOut, UserSession
from tests.cast import allow
from tests.sessions_api.incidents.services import by, open_one, run_all, steal

pytestmark = pytest.mark.django_db


def test_one_whose_bulk_sign_out_was_pruned_has_finished(ann: Any, chief: Any) -> None:
    steal(ann)
    sign_out = sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
    run_all()
    BulkSignOut.objects.all().delete()
    sign_out = SignOut.objects.get()
    with pytest.raises(IncidentConflict) as caught:
        sign_outs.stop(sign_out, actor=by(chief))
    assert caught.value.reason == "finished"
    assert (sign_out.state, sign_out.ended) == (SignOutState.FINISHED, 1)


def test_superusers_are_spared_by_others(ann: Any, chief: Any, staff: Any) -> None:
    steal(ann, 2)
    [kept] = steal(chief)
    sign_outs.request_sign_out(open_one(by(staff)), actor=by(staff), reason="stolen")
    run_all()
    assert list(UserSession.objects.all()) == [kept]
    assert SignOut.objects.get().preview["skipped"] == 1


class TestSuperusersWhoBecomeOrdinaryStaff:
    """With what they have begun, they can no longer end the sessions of superusers."""

    @pytest.fixture
    def demoted(self, chief: Any) -> Any:
        """A function that demotes the requester, who may still end sessions."""

        def demote() -> None:
            get_user_model().objects.filter(pk=chief.pk).update(is_superuser=False)
            allow(chief, CHANGE_INCIDENTS, END_SESSIONS)

        return demote

    def test_it_is_interrupted_and_does_not_skip_them(
        self, ann: Any, chief: Any, other: Any, demoted: Any
    ) -> None:
        steal(ann)
        steal(other)
        sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
        demoted()
        run_all()
        sign_out = SignOut.objects.get()
        assert (sign_out.state, sign_out.ended) == (SignOutState.INTERRUPTED, 0)
        sign_outs.resume(sign_out, actor=by(other))
        run_all()
        assert not UserSession.objects.exists()

    def test_it_is_not_approved(
        self, ann: Any, chief: Any, other: Any, demoted: Any, settings: Any
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 0}
        steal(ann)
        waiting = sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
        demoted()
        with pytest.raises(InsufficientPermissions):
            sign_outs.approve(waiting, actor=by(other))
        assert UserSession.objects.exists()


def lose(user: Any, permission: str) -> None:
    codename = permission.partition(".")[2]
    user.user_permissions.remove(*user.user_permissions.filter(codename=codename))


@pytest.mark.parametrize("lost", [CHANGE_INCIDENTS, END_SESSIONS])
class TestWhoHasLostOneOfBothPermissions:
    @pytest.fixture
    def sign_out(self, ann: Any, make_user: Any, settings: Any, lost: str) -> SignOut:
        """What Sue has requested, who has lost a permission since. It waits for approval."""
        settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 0}
        both = {CHANGE_INCIDENTS, END_SESSIONS}
        sue = allow(make_user("sue", is_staff=True), *both)
        steal(ann)
        incident = open_one(by(sue, *both))
        waiting = sign_outs.request_sign_out(incident, actor=by(sue, *both), reason="stolen")
        lose(sue, lost)
        return waiting

    def test_it_is_not_approved(self, sign_out: SignOut, other: Any) -> None:
        with pytest.raises(InsufficientPermissions):
            sign_outs.approve(sign_out, actor=by(other))
        assert UserSession.objects.exists()

    def test_it_is_interrupted(self, sign_out: SignOut, other: Any, lost: str) -> None:
        sue = allow(get_user_model().objects.get(username="sue"), lost)
        sign_outs.approve(sign_out, actor=by(other))
        lose(sue, lost)
        jobs.run_due()
        sign_out.refresh_from_db()
        assert (sign_out.state, UserSession.objects.count()) == (SignOutState.INTERRUPTED, 1)


def test_sessions_that_begin_later_stay(ann: Any, chief: Any) -> None:
    steal(ann)
    sign_outs.request_sign_out(open_one(by(chief)), actor=by(chief), reason="stolen")
    [later] = steal(ann)
    run_all()
    assert list(UserSession.objects.all()) == [later]
