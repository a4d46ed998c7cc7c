"""Mails to the owners of ended sessions, over REST."""

from typing import Any

import pytest

from sessions_api.http.shapes import timestamp
from sessions_api.incidents.models import Incident, OwnersMail
from sessions_api.incidents.models.jobs import TEXT_LENGTH
from sessions_api.incidents.services import incidents
from sessions_api.notices.models import Notice
from tests.api import Login
from tests.cast import PASSWORD
from tests.sessions_api.incidents.http.requests import (
    AGAIN,
    UNKNOWN,
    answer,
    conflict,
    request_sign_out,
)
from tests.sessions_api.incidents.services import by, open_one, run_all, steal

pytestmark = pytest.mark.django_db

TEXT = "Your token was stolen.\n\nPlease log in again."


@pytest.fixture
def path(boss: Login, incident: Incident, ann: Any, bob: Any) -> str:
    """The path of the mails of an incident that has ended sessions of Ann and Bob."""
    steal(ann)
    steal(bob)
    request_sign_out(boss, incident)
    run_all()
    return f"/incidents/{incident.pk}/mails"


def send(login: Login, path: str, **body: Any) -> Any:
    return login.api("POST", path, {"password": PASSWORD} | body)


def test_owners_are_told_in_the_background(boss: Login, incident: Incident, path: str) -> None:
    response = send(boss, path, text=TEXT)
    kept = OwnersMail.objects.get()
    assert answer(response) == (
        202,
        {
            "id": kept.pk,
            "state": "running",
            "text": TEXT,
            "expected": 2,
            "told": 0,
            "skipped": 0,
            "error": None,
            "requestedAt": timestamp(kept.requested_at),
            "requestedBy": "sam",
            "finishedAt": None,
        },
    )
    assert response["Location"] == f"/api/v5{path}/{kept.pk}"
    assert boss.api("GET", f"{path}/{kept.pk}").json() == response.json()
    run_all()
    shown = boss.api("GET", f"{path}/{kept.pk}").json()
    # Bob has no address.
    assert (shown["state"], shown["told"], shown["skipped"]) == ("finished", 1, 1)
    assert Notice.objects.filter(kind="incident").count() == 1
    assert boss.api("GET", f"/incidents/{incident.pk}").json()["mails"] == [shown]
    assert answer(send(boss, path)) == conflict("nobody_to_tell")


def test_without_a_text_it_is_ours(boss: Login, path: str) -> None:
    shown = send(boss, path).json()
    assert shown["text"].startswith("Somebody may have used your account")


@pytest.mark.parametrize(
    "text", [None, "", " \n", 7, [], "x\x00", "\x1b[2J", "\ud800", "x" * (TEXT_LENGTH + 1)]
)
def test_a_text_must_be_one(boss: Login, path: str, text: Any) -> None:
    response = send(boss, path, text=text)
    assert (response.status_code, response.json()["fields"]) == (400, ["text"])
    assert not OwnersMail.objects.exists()


def test_it_takes_the_password(boss: Login, path: str) -> None:
    missing = boss.api("POST", path, {"text": TEXT})
    assert (missing.status_code, missing.json()["fields"]) == (400, ["password"])
    assert send(boss, path, password="guess").status_code == 401
    assert not OwnersMail.objects.exists()


def test_stopped_nobody_else_is_told(boss: Login, second: Login, path: str) -> None:
    mail = f"{path}/{send(boss, path).json()['id']}"
    stopped = second.api("DELETE", mail)
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    run_all()
    assert not Notice.objects.filter(kind="incident").exists()
    assert answer(second.api("DELETE", mail)) == conflict("finished")


def test_with_mail_off(boss: Login, path: str, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": []}
    assert answer(send(boss, path)) == conflict("mail_is_off")


def test_before_anything_was_ended(boss: Login, incident: Incident) -> None:
    assert answer(send(boss, f"/incidents/{incident.pk}/mails")) == conflict("nobody_to_tell")


def test_of_a_closed_incident(boss: Login, incident: Incident, path: str) -> None:
    incidents.close_incident(incident, actor=by(boss.user))
    assert answer(send(boss, path)) == conflict("closed")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_mail_belongs_to_its_incident(
    boss: Login, staff: Any, incident: Incident, path: str, method: str
) -> None:
    pk = send(boss, path).json()["id"]
    other = open_one(by(staff))
    for where in (f"/incidents/{other.pk}/mails/{pk}", *(f"{path}/{x}" for x in ("0", "x", "%00"))):
        assert answer(boss.api(method, where, AGAIN)) == (404, UNKNOWN)
    assert answer(send(boss, "/incidents/0/mails")) == (404, UNKNOWN)
    assert OwnersMail.objects.get().finished_at is None
