"""The host's own views behind the app's authentication and its gate."""

import pytest

from killswitches.registry import FILE_CREATE, FILE_DELETE
from killswitches.testing import switched_on
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.host.conftest import Call, LogIn
from tests.host.models import Member


class TestAPlainView:
    def test_it_gets_the_member_and_the_session(
        self, call: Call, log_in: LogIn, mia: Member
    ) -> None:
        session, token = log_in(mia)
        answer = call("GET", "/profile", token=token)
        assert answer.status_code == 200
        assert answer.json() == {"email": "mia@example.com", "session": session.sid}

    @pytest.mark.parametrize("token", [None, "", "x", "a.b.c", "\xe9"])
    def test_without_a_good_token(self, call: Call, db: None, token: str | None) -> None:
        answer = call("GET", "/profile", token=token)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    def test_a_dead_session(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia)
        UserSession.objects.all().delete()
        answer = call("GET", "/profile", token=token)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    def test_a_banned_member(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia)
        Member.objects.update(is_active=False)
        assert call("GET", "/profile", token=token).status_code == 403

    def test_a_member_who_is_gone(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia)
        mia.delete()
        assert call("GET", "/profile", token=token).status_code == 401


class TestAViewsetWithAPolicy:
    def test_a_full_session_may(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia)
        answer = call("POST", "/uploads", token=token)
        assert (answer.status_code, answer.json()) == (201, {"owner": str(mia.pk)})
        assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("100", "99")

    @pytest.mark.parametrize(
        ("scope", "status"),
        [
            (Scope.UPLOAD_FILE, 201),
            (Scope.UPLOAD_FILE | Scope.FILE_READ, 201),
            (Scope.ALL, 201),
            (Scope.FILE_READ, 403),
        ],
    )
    def test_a_scoped_one_needs_the_scope(
        self, call: Call, log_in: LogIn, mia: Member, scope: Scope, status: int
    ) -> None:
        _, token = log_in(mia, scope)
        assert call("POST", "/uploads", token=token).status_code == status

    def test_its_kill_switch(self, call: Call, log_in: LogIn, mia: Member, staff: Member) -> None:
        _, token = log_in(mia)
        _, staff_token = log_in(staff)
        with switched_on(FILE_CREATE):
            answer = call("POST", "/uploads", token=token)
            assert (answer.status_code, answer.json()["feature"]) == (503, FILE_CREATE.number)
            assert call("POST", "/uploads", token=staff_token).status_code == 201
        with switched_on(FILE_DELETE):
            assert call("POST", "/uploads", token=token).status_code == 201

    def test_errors_have_the_form_of_the_app(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia)
        assert call("POST", "/uploads").json()["code"] == "INVALID_SESSION_ERROR"
        answer = call("GET", "/uploads", token=token)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        Member.objects.update(is_active=False)
        assert call("POST", "/uploads", token=token).json()["code"] == "BANNED_ERROR"
