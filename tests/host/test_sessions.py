"""The caller's own sessions, and other users' sessions, by the UUID in the path."""

import uuid
from urllib.parse import quote

import pytest

from sessions_api.models import AuditEvent, UserSession
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member

OWN = "/auth/users/me/sessions"
NOBODY = uuid.UUID(int=7)


def test_list_get_and_end_own_sessions(log_in: LogIn, mia: Member, staff: Member) -> None:
    mias, other = log_in(mia), log_in(mia)
    log_in(staff)
    sids = sorted([mias.user_session.sid, other.user_session.sid], reverse=True)
    assert [item["id"] for item in mias.get(OWN).json()["items"]] == sids
    path = f"{OWN}/{other.user_session.sid}"
    assert mias.get(f"{path}/").json()["id"] == other.user_session.sid
    assert mias.delete(f"{path}/").status_code == 200
    assert other.get(OWN).status_code == 401
    assert mias.get(path).status_code == 404


def test_end_all_own_sessions(log_in: LogIn, mia: Member) -> None:
    mias = log_in(mia)
    for _ in range(3):
        log_in(mia)
    assert mias.delete(f"{OWN}/all").json()["count"] == 3
    assert UserSession.objects.get() == mias.user_session


def test_staff_address_members_by_uuid(log_in: LogIn, mia: Member, staff: Member) -> None:
    mias, boss = log_in(mia), log_in(staff)
    session = mias.user_session
    path = f"/auth/users/{mia.pk}/sessions"
    assert boss.get(path).json()["count"] == 1
    assert boss.get(f"{path}/{session.sid}").json()["id"] == session.sid
    assert boss.delete(f"{path}/{session.sid}").status_code == 200
    assert mias.get(OWN).status_code == 401
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SESSIONS_ENDED)
    assert (event.actor, event.subject) == (staff, mia)
    assert event.detail == {"sessions": [session.sid]}


@pytest.mark.parametrize("ending", ["", "/all", "/1"])
def test_staff_end_only_the_sessions_of_one_member(
    log_in: LogIn, mia: Member, staff: Member, ending: str
) -> None:
    boss = log_in(staff)
    log_in(mia)
    path = f"/auth/users/{mia.pk}/sessions{ending}"
    body = {"ids": [one.sid for one in UserSession.objects.filter(user=mia)]}
    boss.delete(path, body)
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
def test_an_unknown_id(log_in: LogIn, staff: Member, uid: str, method: str, ending: str) -> None:
    answer = log_in(staff).generic(method, f"/auth/users/{uid}/sessions{ending}")
    assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_USER_ERROR")


@pytest.mark.parametrize("other_form", ["{}", "urn:uuid:{}", "{{{}}}", "{} "])
def test_other_spellings_of_a_uuid_are_invalid(
    log_in: LogIn, mia: Member, staff: Member, other_form: str
) -> None:
    boss = log_in(staff)
    for text in (str(mia.pk).upper(), mia.pk.hex):
        path = f"/auth/users/{quote(other_form.format(text))}/sessions"
        answer = boss.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_USER_ERROR")


def test_other_members_are_refused(log_in: LogIn, mia: Member) -> None:
    answer = log_in(mia).get(f"/auth/users/{mia.pk}/sessions")
    assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_PERMISSIONS_ERROR")


def test_kill_switches(log_in: LogIn, mia: Member, staff: Member) -> None:
    mias, boss = log_in(mia), log_in(staff)
    body = {"password": PASSWORD}
    assert boss.put("/auth/killswitches/8", body).status_code == 200
    assert mias.get(OWN).json()["feature"] == 8
    assert boss.delete("/auth/killswitches/8", body).status_code == 200
    assert mias.get(OWN).status_code == 200
    assert {event.actor for event in AuditEvent.objects.filter(kind__startswith="switch_")} == {
        staff
    }
