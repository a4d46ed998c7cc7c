"""Viewing sessions and ending one in v5: own sessions, and any user's as staff."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.models import UserSession
from tests.api import OWN_SESSIONS as OWN
from tests.api import Api, Login, is_dead

pytestmark = pytest.mark.django_db

NO_SESSION = {"code": "INVALID_SESSION_ERROR", "message": "Invalid Session"}
ENDED = {"code": "DELETE_SESSION_SUCCESS", "message": "Session Successfully Deleted"}


class TestOne:
    def test_one_session_has_the_form_of_the_contract(
        self, view: tuple[Api, str], other: Login
    ) -> None:
        api, path = view
        response = api("GET", f"{path}/{other.session.sid}")

        assert response.status_code == 200
        created = other.session.created_at.isoformat(timespec="milliseconds")
        assert response.json() == {
            "id": other.session.sid,
            "exp": other.session.sid + 86_400,
            "name": "Other",
            "permissionFlags": None,
            "usedAt": None,
            "createdAt": created.replace("+00:00", "Z"),
            "updatedAt": created.replace("+00:00", "Z"),
        }

    def test_the_current_session_shows_its_last_use(self, me: Login) -> None:
        body = me.api("GET", f"{OWN}/me").json()
        assert body["id"] == me.session.sid
        assert body == me.api("GET", f"{OWN}/{me.session.sid}").json()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["usedAt"])
        assert body["updatedAt"] == body["usedAt"]

    def test_a_scoped_session_shows_its_flags(self, me: Login, ann: Any, log_in: Any) -> None:
        scoped = log_in(ann, permission_flags=32)
        assert scoped.api("GET", f"{OWN}/me").json()["permissionFlags"] == 32

    @pytest.mark.parametrize(
        "sid",
        ["1", "0", "-1", "abc", "all2", "9" * 18, "9" * 40, "01", "1.5", "%00", "1%00", "%F0%9F"],
    )
    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_an_unknown_session_is_not_found(
        self, view: tuple[Api, str], sid: str, method: str
    ) -> None:
        api, path = view
        response = api(method, f"{path}/{sid}")
        assert (response.status_code, response.json()) == (404, NO_SESSION)

    def test_me_is_invalid_under_another_users_id(self, me: Login, boss: Login) -> None:
        response = boss.api("DELETE", f"/users/{me.user.pk}/sessions/me")
        assert (response.status_code, response.json()) == (404, NO_SESSION)
        assert not is_dead(boss)

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_another_users_session_is_not_found(self, me: Login, bobs: Login, method: str) -> None:
        bobs.session.sid -= 10
        bobs.session.save()
        response = me.api(method, f"{OWN}/{bobs.session.sid}")
        assert (response.status_code, response.json()) == (404, NO_SESSION)
        assert UserSession.objects.filter(pk=bobs.session.pk).exists()

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_an_expired_session_is_not_found(
        self, me: Login, ann: Any, log_in: Any, method: str
    ) -> None:
        expired = log_in(ann, now=datetime.now(UTC) - timedelta(days=2))
        response = me.api(method, f"{OWN}/{expired.session.sid}")
        assert (response.status_code, response.json()) == (404, NO_SESSION)

    def test_a_session_ends_once(self, view: tuple[Api, str], other: Login) -> None:
        api, path = view
        response = api("DELETE", f"{path}/{other.session.sid}")
        assert (response.status_code, response.json()) == (200, ENDED)
        assert is_dead(other)
        again = api("DELETE", f"{path}/{other.session.sid}")
        assert (again.status_code, again.json()) == (404, NO_SESSION)

    def test_ending_the_current_one(self, me: Login) -> None:
        assert me.api("DELETE", f"{OWN}/me").json() == ENDED
        assert is_dead(me)


class TestList:
    def test_newest_first_in_pages(self, view: tuple[Api, str], me: Login, log_in: Any) -> None:
        api, path = view
        now = datetime.now(UTC)
        for age in range(1, 60):
            log_in(me.user, now=now - timedelta(minutes=age), name=f"{age} minutes ago")
        log_in(me.user, now=now - timedelta(days=3), name="expired")
        sids = list(
            UserSession.objects.filter(user=me.user).exclude(name="expired").order_by("-sid")
        )
        items = [{"id": session.sid, "name": session.name} for session in sids]

        assert api("GET", path).json() == {"count": 60, "items": items[:50]}
        assert api("GET", f"{path}?limit=3&offset=58").json() == {"count": 60, "items": items[58:]}
        assert api("GET", f"{path}?limit=2").json()["items"] == items[:2]
        assert api("GET", f"{path}?limit=0").json() == {"count": 60, "items": []}
        assert api("GET", f"{path}?offset=60").json() == {"count": 60, "items": []}

    @pytest.mark.parametrize(
        "query",
        [
            "limit=51",
            "limit=-1",
            "limit=abc",
            "limit=1.5",
            "limit=",
            "limit=%D9%A1",
            "limit=1e1",
            "limit=" + "9" * 5000,
            "offset=-1",
            "offset=x",
            "offset=",
            "offset=%00",
            "limit=50&offset=0",
        ],
    )
    def test_invalid_numbers_count_as_the_default(
        self, view: tuple[Api, str], other: Login, query: str
    ) -> None:
        api, path = view
        assert api("GET", f"{path}?{query}").json() == api("GET", path).json()

    @pytest.mark.parametrize("offset", [2**31, 2**63, 10**30, "9" * 5000])
    def test_a_huge_offset_is_past_the_end(
        self, view: tuple[Api, str], other: Login, offset: object
    ) -> None:
        api, path = view
        response = api("GET", f"{path}?offset={offset}")
        assert (response.status_code, response.json()) == (200, {"count": 2, "items": []})

    def test_other_users_sessions_are_not_listed(self, me: Login, bobs: Login) -> None:
        assert [item["id"] for item in me.api("GET", OWN).json()["items"]] == [me.session.sid]
