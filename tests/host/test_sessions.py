"""Own sessions, and those of others by the UUID in the path."""

import uuid
from urllib.parse import quote

import pytest

from sessions_api.models import AuditEvent, UserSession
from tests.host.callers import Call, LogIn
from tests.host.models import Member

OWN = "/auth/users/me/sessions"
NOBODY = uuid.UUID(int=7)


def test_list_get_and_end_ones_own(call: Call, log_in: LogIn, mia: Member, staff: Member) -> None:
    session, token = log_in(mia)
    other, other_token = log_in(mia)
    log_in(staff)
    listed = call("GET", OWN, token=token).json()
    assert [item["id"] for item in listed["items"]] == sorted([session.sid, other.sid])[::-1]
    assert call("GET", f"{OWN}/{other.sid}/", token=token).json()["id"] == other.sid
    assert call("DELETE", f"{OWN}/{other.sid}/", token=token).status_code == 200
    assert call("GET", OWN, token=other_token).status_code == 401
    assert call("GET", f"{OWN}/{other.sid}", token=token).status_code == 404


def test_end_all_of_ones_own(call: Call, log_in: LogIn, mia: Member) -> None:
    session, token = log_in(mia)
    for _ in range(3):
        log_in(mia)
    assert call("DELETE", f"{OWN}/all", token=token).json()["count"] == 3
    assert [one.sid for one in UserSession.objects.all()] == [session.sid]


def test_staff_use_the_uuid(call: Call, log_in: LogIn, mia: Member, staff: Member) -> None:
    session, token = log_in(mia)
    _, staff_token = log_in(staff)
    path = f"/auth/users/{mia.pk}/sessions"
    assert call("GET", path, token=staff_token).json()["count"] == 1
    assert call("GET", f"{path}/{session.sid}", token=staff_token).json()["id"] == session.sid
    assert call("DELETE", f"{path}/{session.sid}", token=staff_token).status_code == 200
    assert call("GET", OWN, token=token).status_code == 401
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SESSIONS_ENDED)
    assert (event.actor, event.subject) == (staff, mia)
    assert event.detail == {"sessions": [session.sid]}


@pytest.mark.parametrize("ending", ["", "/all", "/1"])
def test_staff_end_those_of_a_member_and_of_nobody_else(
    call: Call, log_in: LogIn, mia: Member, staff: Member, ending: str
) -> None:
    _, staff_token = log_in(staff)
    log_in(mia)
    path = f"/auth/users/{mia.pk}/sessions{ending}"
    body = {"ids": [one.sid for one in UserSession.objects.filter(user=mia)]}
    call("DELETE", path, body, token=staff_token)
    assert UserSession.objects.filter(user=staff).count() == 1


@pytest.mark.parametrize(
    "uid",
    [
        str(NOBODY),
        NOBODY.hex,
        f"{{{NOBODY}}}",
        str(NOBODY)[:-1],
        "1600000000000",
        "mia@example.com",
        "%00",
        "None",
    ],
)
@pytest.mark.parametrize(("method", "ending"), [("GET", ""), ("GET", "/1"), ("DELETE", "/all")])
def test_an_id_that_nobody_has(
    call: Call, log_in: LogIn, staff: Member, uid: str, method: str, ending: str
) -> None:
    _, token = log_in(staff)
    answer = call(method, f"/auth/users/{uid}/sessions{ending}", token=token)
    assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_USER_ERROR")


@pytest.mark.parametrize("other_form", ["{}", "urn:uuid:{}", "{{{}}}", "{} "])
def test_another_form_of_an_id_is_no_id(
    call: Call, log_in: LogIn, mia: Member, staff: Member, other_form: str
) -> None:
    _, token = log_in(staff)
    for text in (str(mia.pk).upper(), mia.pk.hex):
        path = f"/auth/users/{quote(other_form.format(text))}/sessions"
        answer = call("GET", path, token=token)
        assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_USER_ERROR")


def test_members_who_are_not_staff(call: Call, log_in: LogIn, mia: Member) -> None:
    _, token = log_in(mia)
    answer = call("GET", f"/auth/users/{mia.pk}/sessions", token=token)
    assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_PERMISSIONS_ERROR")


def test_kill_switches(call: Call, log_in: LogIn, mia: Member, staff: Member) -> None:
    _, token = log_in(mia)
    _, staff_token = log_in(staff)
    body = {"password": "correct horse battery staple"}
    assert call("PUT", "/auth/killswitches/8", body, token=staff_token).status_code == 200
    assert call("GET", OWN, token=token).json()["feature"] == 8
    assert call("DELETE", "/auth/killswitches/8", body, token=staff_token).status_code == 200
    assert call("GET", OWN, token=token).status_code == 200
    assert {event.actor for event in AuditEvent.objects.filter(kind__startswith="switch_")} == {
        staff
    }
