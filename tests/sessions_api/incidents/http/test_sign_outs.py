"""Sign-outs over REST: requested, approved by somebody else, followed, stopped, resumed."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from sessions_api.http.shapes import timestamp
from sessions_api.incidents.background import worker
from sessions_api.incidents.models import Incident, SignOut
from sessions_api.incidents.services import incidents, jobs
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from tests.api import HOME, Login, is_dead
from tests.cast import PASSWORD
from tests.sessions_api.incidents.http.requests import (
    AGAIN,
    END,
    REFUSED,
    STOLEN,
    UNKNOWN,
    answer,
    conflict,
    request_sign_out,
)
from tests.sessions_api.incidents.services import by, open_one, run_all, steal
from tests.sessions_api.services.bulk_sign_outs import cut_small

pytestmark = pytest.mark.django_db


def test_it_runs_in_the_background(
    boss: Login, incident: Incident, ann: Any, bob: Any, log_in: Any
) -> None:
    steal(ann, 3)
    steal(bob, 2)
    other = log_in(ann)
    response = boss.api("POST", f"/incidents/{incident.pk}/sign-outs", END)
    kept = SignOut.objects.get()
    assert answer(response) == (
        202,
        {
            "id": kept.pk,
            "state": "running",
            "reason": "Stolen tokens",
            "filter": STOLEN["filter"],
            "expected": 5,
            "expectedUsers": 2,
            "ended": 0,
            "decidedAt": None,
            "decidedBy": None,
            "declinedBecause": None,
            "resumedAt": None,
            "resumedBy": None,
            "error": None,
            "requestedAt": timestamp(kept.requested_at),
            "requestedBy": "sam",
            "finishedAt": None,
        },
    )
    assert response["Location"] == f"/api/v5/incidents/{incident.pk}/sign-outs/{kept.pk}"
    path = response["Location"].removeprefix("/api/v5")
    assert boss.api("GET", path).json() == response.json()
    run_all()
    kept.refresh_from_db()
    finished = {"state": "finished", "ended": 5, "finishedAt": timestamp(kept.finished_at)}
    assert boss.api("GET", path).json() == response.json() | finished
    assert boss.api("GET", f"/incidents/{incident.pk}").json()["signOuts"][0]["ended"] == 5
    assert not is_dead(other)
    event = AuditEvent.objects.get(kind="incident_sign_out")
    assert (event.actor, event.address) == (boss.user, HOME)


class TestApproval:
    @pytest.fixture
    def path(self, boss: Login, incident: Incident, ann: Any, bob: Any, above_one: None) -> str:
        """A sign-out that waits for approval."""
        steal(ann)
        steal(bob)
        return request_sign_out(boss, incident)

    def test_somebody_else_approves(
        self, boss: Login, second: Login, incident: Incident, path: str
    ) -> None:
        assert boss.api("GET", path).json()["state"] == "waiting"
        run_all()
        assert UserSession.objects.filter(name="stolen").count() == 2
        own = boss.api("PUT", f"{path}/approval", AGAIN)
        assert answer(own) == conflict("own_request")
        assert answer(boss.api("PUT", f"{path}/run", AGAIN)) == conflict("waiting")
        approved = second.api("PUT", f"{path}/approval", AGAIN)
        shown = approved.json()
        assert (approved.status_code, shown["state"]) == (200, "running")
        assert (shown["decidedBy"], shown["requestedBy"]) == ("tess", "sam")
        run_all()
        assert boss.api("GET", path).json()["state"] == "finished"
        assert not UserSession.objects.filter(name="stolen").exists()
        assert answer(second.api("PUT", f"{path}/approval", AGAIN)) == conflict("decided")
        assert answer(second.api("DELETE", f"{path}/approval")) == conflict("decided")
        assert answer(second.api("DELETE", path)) == conflict("finished")
        items = boss.api("GET", f"/incidents/{incident.pk}/timeline").json()["items"]
        # Who approves takes part.
        assert [one["kind"] for one in items] == [
            "incident_opened",
            "sign_out",
            "incident_approved",
        ]
        outcome = {name: items[1][name] for name in ("state", "ended", "expected", "decidedBy")}
        assert outcome == {"state": "finished", "ended": 2, "expected": 2, "decidedBy": "tess"}

    @pytest.mark.parametrize("rest", ["", "/approval"])
    @pytest.mark.parametrize(("who", "state"), [("boss", "withdrawn"), ("second", "declined")])
    def test_either_of_them_declines(
        self, request: pytest.FixtureRequest, path: str, who: str, state: str, rest: str
    ) -> None:
        login = request.getfixturevalue(who)
        declined = login.api("DELETE", path + rest)
        assert (declined.status_code, declined.json()["state"]) == (200, state)
        assert declined.json()["decidedBy"] == login.user.username
        run_all()
        assert UserSession.objects.filter(name="stolen").count() == 2
        assert answer(login.api("PUT", f"{path}/run", AGAIN)) == conflict("decided")

    def test_declined_with_a_reason(self, second: Login, path: str) -> None:
        declined = second.api("DELETE", f"{path}/approval", {"reason": " A false\nalarm "})
        assert declined.json()["declinedBecause"] == "A false alarm"
        assert second.api("GET", path).json() == declined.json()
        event = AuditEvent.objects.get(kind="incident_declined")
        assert event.detail["reason"] == "A false alarm"

    @pytest.mark.parametrize("reason", [None, "", " \n", "\x00", 7, ["x"], "x" * 501])
    def test_a_reason_to_decline_must_be_one(self, second: Login, path: str, reason: Any) -> None:
        response = second.api("DELETE", f"{path}/approval", {"reason": reason})
        assert (response.status_code, response.json()["fields"]) == (400, ["reason"])
        assert SignOut.objects.get().decided_at is None

    def test_it_takes_the_password(self, second: Login, path: str) -> None:
        missing = second.api("PUT", f"{path}/approval")
        assert (missing.status_code, missing.json()["fields"]) == (400, ["password"])
        wrong = second.api("PUT", f"{path}/approval", {"password": "guess"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_PASSWORD_ERROR")
        assert SignOut.objects.get().decided_at is None

    @pytest.mark.parametrize(
        "loss", [{"is_active": False}, {"is_staff": False}, None], ids=["ban", "demotion", "delete"]
    )
    def test_a_requester_who_may_no_longer_end_sessions(
        self, boss: Login, second: Login, path: str, loss: dict[str, bool] | None
    ) -> None:
        """It does not look as if the one who approves were banned or logged out."""
        requester = get_user_model().objects.filter(pk=boss.user.pk)
        _ = requester.delete() if loss is None else requester.update(**loss)
        response = second.api("PUT", f"{path}/approval", AGAIN)
        assert response.json()["code"] in (REFUSED["code"], UNKNOWN["code"])
        assert second.api("GET", path).json()["state"] == "waiting"

    def test_of_a_closed_incident_it_can_only_be_declined(
        self, second: Login, incident: Incident, path: str
    ) -> None:
        incidents.close_incident(incident, actor=by(second.user))
        assert answer(second.api("PUT", f"{path}/approval", AGAIN)) == conflict("closed")
        assert second.api("DELETE", path).json()["state"] == "declined"

    def test_the_filter_that_is_approved_is_that_of_the_request(
        self, boss: Login, second: Login, incident: Incident, path: str
    ) -> None:
        boss.api("PATCH", f"/incidents/{incident.pk}", {"filter": {"everybody": True}})
        assert second.api("GET", path).json()["filter"] == STOLEN["filter"]
        second.api("PUT", f"{path}/approval", AGAIN)
        run_all()
        assert not is_dead(boss)


class TestStopping:
    def test_the_remaining_sessions_stay(
        self,
        boss: Login,
        second: Login,
        incident: Incident,
        ann: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        cut_small(monkeypatch)
        steal(ann, 9)
        path = request_sign_out(boss, incident)
        jobs.run_sign_out(SignOut.objects.get())
        stopped = second.api("DELETE", path)
        shown = stopped.json()
        assert (stopped.status_code, shown["state"], shown["ended"]) == (200, "stopped", 4)
        run_all()
        assert UserSession.objects.filter(name="stolen").count() == 5
        assert answer(second.api("DELETE", path)) == conflict("finished")

    def test_one_whose_batches_were_pruned(self, boss: Login, incident: Incident, ann: Any) -> None:
        steal(ann)
        path = request_sign_out(boss, incident)
        run_all()
        BulkSignOut.objects.all().delete()
        assert answer(boss.api("DELETE", path)) == conflict("finished")
        assert boss.api("GET", path).json()["ended"] == 1


class TestResuming:
    def test_somebody_else_goes_on(
        self, boss: Login, second: Login, incident: Incident, ann: Any
    ) -> None:
        steal(ann)
        path = request_sign_out(boss, incident)
        boss.user.user_permissions.clear()
        jobs.run_due()
        shown = second.api("GET", path).json()
        assert (shown["state"], shown["error"]) == ("interrupted", REFUSED["code"])
        resumed = second.api("PUT", f"{path}/run", AGAIN)
        assert (resumed.status_code, resumed.json()["state"]) == (200, "running")
        shown = resumed.json()
        assert (shown["requestedBy"], shown["resumedBy"], shown["error"]) == ("sam", "tess", None)
        assert shown["resumedAt"] == timestamp(SignOut.objects.get().resumed_at)
        assert second.api("PUT", f"{path}/run", AGAIN).status_code == 200
        run_all()
        assert second.api("GET", path).json()["state"] == "finished"
        assert answer(second.api("PUT", f"{path}/run", AGAIN)) == conflict("finished")


class TestTheRequest:
    @pytest.mark.parametrize("reason", [None, "", " \n", "\x00", "\ud800", 7, ["x"], {}, "x" * 501])
    def test_it_needs_a_reason(self, boss: Login, incident: Incident, reason: Any) -> None:
        body = {"reason": reason, "password": PASSWORD}
        response = boss.api("POST", f"/incidents/{incident.pk}/sign-outs", body)
        assert (response.status_code, response.json()["fields"]) == (400, ["reason"])
        assert not SignOut.objects.exists()

    def test_it_takes_the_password(self, boss: Login, incident: Incident) -> None:
        path = f"/incidents/{incident.pk}/sign-outs"
        missing = boss.api("POST", path, {})
        assert missing.json()["fields"] == ["reason", "password"]
        wrong = boss.api("POST", path, END | {"password": "guess"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_PASSWORD_ERROR")
        assert not SignOut.objects.exists()

    def test_with_a_second_factor_the_answer_takes_its_place(
        self, boss: Login, incident: Incident, enrol_app: Any
    ) -> None:
        app, path = enrol_app(boss.user), f"/incidents/{incident.pk}/sign-outs"
        asked = boss.api("POST", path, END).json()
        assert asked["code"] == "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR"
        given = {"token": asked["token"], "type": "totp", "code": app.next_code()}
        body = {"reason": "x", "2fa": given}
        assert boss.api("POST", path, body).status_code == 202
        assert boss.api("POST", path, body).status_code == 401
        assert SignOut.objects.count() == 1

    def test_of_a_closed_incident(self, boss: Login, incident: Incident, staff: Any) -> None:
        incidents.close_incident(incident, actor=by(staff))
        response = boss.api("POST", f"/incidents/{incident.pk}/sign-outs", END)
        assert answer(response) == conflict("closed")

    def test_of_a_filter_that_another_version_has_stored(
        self, boss: Login, incident: Incident
    ) -> None:
        Incident.objects.update(criteria={"kind": "search", "mood": "bad"})
        response = boss.api("POST", f"/incidents/{incident.pk}/sign-outs", END)
        assert answer(response) == conflict("unreadable_filter")

    @pytest.mark.parametrize("who", ["boss", "root"])
    def test_only_superusers_log_out_superusers(
        self, boss: Login, root: Any, incident: Incident, log_in: Any, who: str
    ) -> None:
        [stolen] = steal(root)
        request_sign_out(boss if who == "boss" else log_in(root), incident)
        run_all()
        assert UserSession.objects.filter(pk=stolen.pk).exists() is (who == "boss")

    def test_it_may_end_that_of_who_asks(self, boss: Login) -> None:
        everybody = boss.api("POST", "/incidents", STOLEN | {"filter": {"everybody": True}})
        request_sign_out(boss, Incident.objects.get(pk=everybody.json()["id"]))
        run_all()
        assert is_dead(boss)


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("DELETE", ""), ("PUT", "/approval"), ("DELETE", "/approval"), ("PUT", "/run")],
)
def test_a_sign_out_belongs_to_its_incident(
    boss: Login, incident: Incident, staff: Any, ann: Any, method: str, rest: str
) -> None:
    steal(ann)
    own = request_sign_out(boss, incident)
    pk = SignOut.objects.get().pk
    other = open_one(by(staff))
    paths = [
        f"/incidents/{other.pk}/sign-outs/{pk}",
        f"/incidents/0/sign-outs/{pk}",
        *(f"/incidents/{incident.pk}/sign-outs/{text}" for text in ("0", "x", "9" * 400, "%00")),
    ]
    for path in paths:
        assert answer(boss.api(method, path + rest, AGAIN)) == (404, UNKNOWN)
    assert boss.api("GET", own).json()["state"] == "running"


@pytest.fixture
def at_work() -> Iterator[Callable[[], bool]]:
    """Let the worker start; a function that returns whether it has."""
    worker().is_on = True
    yield lambda: any(thread.name == "incidents" for thread in threading.enumerate())
    worker().is_on = False
    worker().stop()
    worker().reset()


def test_who_follows_it_wakes_the_worker(
    boss: Login, incident: Incident, ann: Any, at_work: Callable[[], bool]
) -> None:
    """A process that has begun it may have ended. Another one, which is asked, goes on."""
    steal(ann)
    path = request_sign_out(boss, incident)
    assert not at_work()
    boss.api("GET", path)
    assert at_work()


def test_one_that_has_finished_wakes_nobody(
    boss: Login, incident: Incident, ann: Any, at_work: Callable[[], bool]
) -> None:
    steal(ann)
    path = request_sign_out(boss, incident)
    run_all()
    boss.api("GET", path)
    assert not at_work()
