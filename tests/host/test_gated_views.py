"""The host's own viewsets with policies, which the app's gate enforces."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import RequestFactory
from rest_framework.request import Request

from killswitches.registry import FILE_CREATE, FILE_DELETE
from killswitches.testing import switched_on
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.models import AuditEvent
from sessions_api.scopes import Scope
from sessions_api.testing import SessionClient
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member
from tests.host.views import TwoADay

SUNDAY = {"X-Day": "Sunday"}


class TestAViewsetWithAPolicy:
    @pytest.mark.ratelimited
    def test_a_full_session_is_admitted(self, log_in: LogIn, mia: Member) -> None:
        answer = log_in(mia).post("/uploads")
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
    def test_a_scoped_session_needs_the_scope(
        self, log_in: LogIn, mia: Member, scope: Scope, status: int
    ) -> None:
        assert log_in(mia, scopes=scope).post("/uploads").status_code == status

    def test_its_kill_switch_closes_it(self, log_in: LogIn, mia: Member, staff: Member) -> None:
        mias, boss = log_in(mia), log_in(staff)
        with switched_on(FILE_CREATE):
            answer = mias.post("/uploads")
            assert (answer.status_code, answer.json()["feature"]) == (503, FILE_CREATE.number)
            assert boss.post("/uploads").status_code == 201
        with switched_on(FILE_DELETE):
            assert mias.post("/uploads").status_code == 201

    def test_errors_have_the_form_of_the_app(
        self, api_client: SessionClient, log_in: LogIn, mia: Member
    ) -> None:
        assert api_client.post("/uploads").json()["code"] == "INVALID_SESSION_ERROR"
        mias = log_in(mia)
        answer = mias.get("/uploads")
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        Member.objects.update(is_active=False)
        assert mias.post("/uploads").json()["code"] == "BANNED_ERROR"

    def test_an_action_that_returns_no_response_is_named(
        self, db: None, rf: RequestFactory
    ) -> None:
        class Forgetful(ApiViewSet):
            policies = {"list": Policy(audience=Audience.ANYONE)}

            def list(self, request: Request) -> None: ...

        with pytest.raises(TypeError, match=r"Forgetful\.list returned NoneType, no response"):
            Forgetful.as_view({"get": "list"})(rf.get("/forgetful"))

    def test_responses_are_not_cached(
        self, api_client: SessionClient, log_in: LogIn, mia: Member
    ) -> None:
        answers = [log_in(mia).post("/uploads"), api_client.post("/uploads")]
        assert [answer.status_code for answer in answers] == [201, 401]
        assert {answer["Cache-Control"] for answer in answers} == {"no-store"}


@pytest.mark.django_db(transaction=True)
class TestAtomicRequests:
    @pytest.fixture(autouse=True)
    def _on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    def test_what_is_audited_before_the_action_is_kept(self, log_in: LogIn, mia: Member) -> None:
        assert log_in(mia).put("/member", {"password": "guess"}).status_code == 401
        assert AuditEvent.objects.filter(kind="reverification_failed").count() == 1

    def test_a_refused_login_is_audited(self, api_client: SessionClient, mia: Member) -> None:
        body = {"username": mia.email, "password": "guess"}
        assert api_client.post("/guarded/login", body).status_code == 401
        assert AuditEvent.objects.get().kind == "login_failed"

    @pytest.mark.parametrize("refuse", [True, False])
    def test_the_action_is_undone_if_it_refuses(
        self, log_in: LogIn, mia: Member, refuse: bool
    ) -> None:
        body = {"password": PASSWORD, "refuse": refuse}
        assert log_in(mia).put("/member", body).status_code == (403 if refuse else 200)
        changed = Member.objects.filter(email="new@example.com").exists()
        assert changed is not refuse

    def test_without_the_setting_it_is_not(
        self, log_in: LogIn, mia: Member, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", False)
        body = {"password": PASSWORD, "refuse": True}
        assert log_in(mia).put("/member", body).status_code == 403
        assert Member.objects.filter(email="new@example.com").exists()


class TestPermissionsAndThrottles:
    """REST framework's permissions and throttles on viewsets of the app and subclasses of them."""

    @pytest.fixture(autouse=True)
    def _new_day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TwoADay, "calls", 0)

    @pytest.mark.ratelimited
    def test_permissions_of_the_viewset_are_enforced(self, log_in: LogIn, mia: Member) -> None:
        mias = log_in(mia)
        answer = mias.post("/guarded", headers=SUNDAY)
        assert (answer.status_code, answer.json()) == (
            403,
            {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"},
        )
        assert answer["RateLimit-Remaining"] == "99"
        assert mias.post("/guarded").status_code == 201

    def test_a_caller_without_a_session_gets_401(self, api_client: SessionClient, db: None) -> None:
        answer = api_client.get("/guarded", headers=SUNDAY)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    @pytest.mark.ratelimited
    @pytest.mark.parametrize(("wait", "header"), [(86_399.2, "86400"), (None, "1"), (0, "1")])
    def test_a_throttle_responds_like_a_rate_limit(
        self,
        log_in: LogIn,
        mia: Member,
        monkeypatch: pytest.MonkeyPatch,
        wait: float | None,
        header: str,
    ) -> None:
        monkeypatch.setattr(TwoADay, "seconds", wait)
        mias = log_in(mia)
        answers = [mias.post("/guarded") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert answers[2].json()["code"] == "RATELIMITED_ERROR"
        assert (answers[2]["Retry-After"], answers[2]["RateLimit-Reason"]) == (header, "standard")
        assert answers[2]["RateLimit-Skipped"] == "true"

    def test_the_gate_is_checked_first(
        self, api_client: SessionClient, log_in: LogIn, mia: Member
    ) -> None:
        assert log_in(mia, scopes=Scope.FILE_READ).post("/guarded").status_code == 403
        assert api_client.post("/guarded").status_code == 401
        assert TwoADay.calls == 0

    def test_on_a_subclass_of_an_endpoint_of_the_app(
        self, api_client: SessionClient, mia: Member
    ) -> None:
        body = {"username": mia.email, "password": PASSWORD}
        refused = api_client.post("/guarded/login", body, headers=SUNDAY)
        assert refused.status_code in (401, 403)
        assert api_client.post("/guarded/login", body).status_code == 201

    def test_the_hosts_default_permissions_do_not_apply(
        self, api_client: SessionClient, mia: Member
    ) -> None:
        assert "IsAdminUser" in settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"][0]
        body = {"username": mia.email, "password": PASSWORD}
        for _ in range(2):
            token = api_client.post("/auth/login", body).json()["token"]
        api_client.credentials(HTTP_AUTHORIZATION=token)
        assert api_client.get("/auth/users/me/sessions").status_code == 200
        assert api_client.get("/auth/nowhere").status_code == 404
