"""Ending some or all sessions in v5: own sessions, and any user's as staff."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.models import UserSession
from tests.api import OWN_SESSIONS as OWN
from tests.api import Api, Login, is_dead

pytestmark = pytest.mark.django_db


def ended(count: int) -> dict[str, Any]:
    return {
        "code": "DELETE_SESSIONS_SUCCESS",
        "message": "Sessions Successfully Deleted",
        "count": count,
    }


class TestMany:
    def test_ids_may_be_texts_numbers_or_unknown(
        self, view: tuple[Api, str], me: Login, other: Login, bobs: Login, log_in: Any
    ) -> None:
        api, path = view
        third = log_in(me.user)
        ids = [
            str(other.session.sid),
            third.session.sid,
            "77",
            10**30,
            -5,
            "x",
            "",
            "\x00",
            "\ud800",
        ]
        response = api("DELETE", path, {"ids": ids})
        assert (response.status_code, response.json()) == (200, ended(2))
        assert is_dead(other)
        assert is_dead(third)
        assert not is_dead(me)

    def test_me_and_duplicates_end_once(self, me: Login, other: Login) -> None:
        sid = me.session.sid
        assert me.api("DELETE", OWN, {"ids": ["me", "me", sid, str(sid)]}).json() == ended(1)
        assert is_dead(me)
        assert not is_dead(other)

    def test_ids_in_form_data(self, me: Login, other: Login) -> None:
        body = f"ids={other.session.sid}&ids=1"
        response = me.api("DELETE", OWN, body, content_type="application/x-www-form-urlencoded")
        assert response.json() == ended(1)

    def test_ids_of_other_users_sessions_are_ignored(self, me: Login, bobs: Login) -> None:
        bobs.session.sid -= 10
        bobs.session.save()
        assert me.api("DELETE", OWN, {"ids": [bobs.session.sid]}).json() == ended(0)
        assert UserSession.objects.filter(pk=bobs.session.pk).exists()

    def test_an_empty_list_ends_nothing(self, view: tuple[Api, str]) -> None:
        api, path = view
        assert api("DELETE", path, {"ids": []}).json() == ended(0)

    @pytest.mark.parametrize(
        "body",
        [
            None,
            {},
            {"ids": None},
            {"ids": "1"},
            {"ids": 1},
            {"ids": {"0": 1}},
            {"ids": [None]},
            {"ids": [1.5]},
            {"ids": [True]},
            {"ids": [["1"]]},
            {"ids": [{}]},
            {"id": ["1"]},
        ],
    )
    def test_an_invalid_list_of_ids_is_refused(self, view: tuple[Api, str], body: Any) -> None:
        api, path = view
        response = api("DELETE", path, body)
        assert (response.status_code, response.json()) == (
            400,
            {"code": "MISSING_FIELDS_ERROR", "message": "Missing Fields", "fields": ["ids"]},
        )

    def test_more_than_fifty_ids_end_nothing(self, view: tuple[Api, str], other: Login) -> None:
        api, path = view
        ids = [other.session.sid, *range(1, 51)]
        response = api("DELETE", path, {"ids": ids})
        assert (response.status_code, response.json()) == (
            400,
            {"code": "BODY_TOO_LARGE_ERROR", "message": "Body Too Large"},
        )
        assert not is_dead(other)
        assert api("DELETE", path, {"ids": ids[:50]}).json() == ended(1)


class TestAll:
    @pytest.mark.parametrize(
        ("query", "self_too"),
        [
            ("", False),
            ("?include-self=true", True),
            ("?includeSelf=true", True),
            ("?include-self=TRUE", True),
            ("?include-self=1", True),
            ("?include-self=false", False),
            ("?include-self=0", False),
            ("?include-self=", False),
            ("?includeSelf=no", False),
        ],
    )
    def test_all_own_sessions_except_the_current_one_are_ended(
        self, me: Login, other: Login, bobs: Login, query: str, self_too: bool
    ) -> None:
        response = me.api("DELETE", f"{OWN}/all{query}")
        assert (response.status_code, response.json()) == (200, ended(1 + self_too))
        assert is_dead(me) is self_too
        assert is_dead(other)
        assert not is_dead(bobs)

    def test_staff_end_all_sessions_of_a_user(self, me: Login, other: Login, boss: Login) -> None:
        assert boss.api("DELETE", f"/users/{me.user.pk}/sessions/all").json() == ended(2)
        assert is_dead(me)
        assert is_dead(other)
        assert not is_dead(boss)

    def test_expired_sessions_do_not_count_as_ended(self, me: Login, log_in: Any) -> None:
        log_in(me.user, now=datetime.now(UTC) - timedelta(days=2))
        assert me.api("DELETE", f"{OWN}/all").json() == ended(0)
