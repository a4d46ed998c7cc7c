"""The host's own views behind the app's authentication and its gate."""

import pytest
from django.conf import settings

from killswitches.registry import FILE_CREATE, FILE_DELETE
from killswitches.testing import switched_on
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.host.callers import PASSWORD, Call, LogIn
from tests.host.models import Member
from tests.host.views import TwoADay


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

    def test_no_cache_keeps_what_it_answers(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia)
        answers = [call("POST", "/uploads", token=token), call("POST", "/uploads")]
        assert [answer.status_code for answer in answers] == [201, 401]
        assert {answer["Cache-Control"] for answer in answers} == {"no-store"}


class TestPermissionsAndThrottles:
    """Of REST framework, on a viewset of the app's or below one."""

    @pytest.fixture(autouse=True)
    def _new_day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TwoADay, "calls", 0)

    def test_those_of_the_viewset_hold(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia)
        answer = call("POST", "/guarded", token=token, **{"X-Day": "Sunday"})
        assert (answer.status_code, answer.json()) == (
            403,
            {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"},
        )
        assert answer["RateLimit-Remaining"] == "99"
        assert call("POST", "/guarded", token=token).status_code == 201

    def test_who_has_no_session_is_told_so(self, call: Call, db: None) -> None:
        answer = call("GET", "/guarded", **{"X-Day": "Sunday"})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    @pytest.mark.parametrize(("wait", "header"), [(86_399.2, "86400"), (None, "1"), (0, "1")])
    def test_a_throttle_is_a_limit_like_any_other(
        self,
        call: Call,
        log_in: LogIn,
        mia: Member,
        monkeypatch: pytest.MonkeyPatch,
        wait: float | None,
        header: str,
    ) -> None:
        monkeypatch.setattr(TwoADay, "seconds", wait)
        _, token = log_in(mia)
        answers = [call("POST", "/guarded", token=token) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert answers[2].json()["code"] == "RATELIMITED_ERROR"
        assert (answers[2]["Retry-After"], answers[2]["RateLimit-Reason"]) == (header, "standard")
        assert answers[2]["RateLimit-Skipped"] == "true"

    def test_the_gate_goes_before(self, call: Call, log_in: LogIn, mia: Member) -> None:
        _, token = log_in(mia, Scope.FILE_READ)
        assert call("POST", "/guarded", token=token).status_code == 403
        assert call("POST", "/guarded").status_code == 401
        assert TwoADay.calls == 0

    def test_on_a_subclass_of_an_endpoint_of_the_app(self, call: Call, mia: Member) -> None:
        body = {"username": mia.email, "password": PASSWORD}
        refused = call("POST", "/guarded/login", body, **{"X-Day": "Sunday"})
        assert refused.status_code in (401, 403)
        assert call("POST", "/guarded/login", body).status_code == 201

    def test_those_of_the_hosts_settings_never_apply(self, call: Call, mia: Member) -> None:
        assert "IsAdminUser" in settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"][0]
        body = {"username": mia.email, "password": PASSWORD}
        for _ in range(2):
            token = call("POST", "/auth/login", body).json()["token"]
        assert call("GET", "/auth/users/me/sessions", token=token).status_code == 200
        assert call("GET", "/auth/nowhere").status_code == 404
