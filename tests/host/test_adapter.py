"""The host's adapter and authentication backends."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import user_logged_in, user_login_failed
from django.core.checks import run_checks
from django.test import override_settings

from sessions_api.adapter import Adapter
from sessions_api.models import AuditEvent, UserSession
from sessions_api.testing import SessionClient, frozen_clock, rates_on
from tests.host.backends import DIRECTORY_PASSWORD
from tests.host.callers import PASSWORD
from tests.host.hashers import CountingHasher
from tests.host.models import Member

MIA = {"username": "mia@example.com", "password": PASSWORD}
NEW = {"username": "new@directory.example", "password": DIRECTORY_PASSWORD}
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DJANGO = "django.contrib.auth.backends.ModelBackend"


def adapted(name: str) -> AbstractContextManager[None]:
    changes = {"ADAPTER": f"tests.host.adapters.{name}"}
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changes)


def backed(*names: str) -> AbstractContextManager[None]:
    paths = [name if "." in name else f"tests.host.backends.{name}" for name in names]
    return override_settings(AUTHENTICATION_BACKENDS=paths)


def log_in(client: SessionClient, body: dict[str, str]) -> tuple[int, str | None]:
    answer = client.post("/auth/login", body)
    return answer.status_code, answer.json().get("code")


class TestAccounts:
    def test_another_login_name(self, api_client: SessionClient, mia: Member) -> None:
        with adapted("ByNickname"):
            assert log_in(api_client, MIA | {"username": "mia"}) == (201, None)
            assert log_in(api_client, MIA) == (404, "INVALID_USER_ERROR")

    def test_another_account_than_the_named_one_is_refused(
        self, api_client: SessionClient, mia: Member
    ) -> None:
        other = Member.objects.create_user("other@example.com", PASSWORD)
        newest = Member.objects.latest("pk")
        named = mia if newest == other else other
        body = {"username": named.email, "password": "anything"}
        with adapted("WrongAccount"):
            assert log_in(api_client, body) == (401, "INVALID_PASSWORD_ERROR")
        assert not UserSession.objects.exists()


class TestLogins:
    def test_a_login_that_the_adapter_refuses(self, api_client: SessionClient, mia: Member) -> None:
        with adapted("MembersOnly"):
            assert log_in(api_client, MIA) == (201, None)
            answer = api_client.post("/auth/login", MIA, REMOTE_ADDR="192.0.2.1")
        assert (answer.status_code, answer.json()["code"]) == (
            403,
            "INSUFFICIENT_PERMISSIONS_ERROR",
        )
        failed = AuditEvent.objects.get(kind="login_failed")
        assert (failed.subject, failed.detail["code"]) == (mia, "INSUFFICIENT_PERMISSIONS_ERROR")

    def test_the_lifetime_of_a_session(
        self, api_client: SessionClient, mia: Member, staff: Member
    ) -> None:
        lifetimes = {}
        with adapted("ShortForStaff"):
            for member in (mia, staff):
                api_client.post("/auth/login", MIA | {"username": member.email})
                session = UserSession.objects.get(user=member)
                lifetimes[member.email] = session.expires_at.timestamp() - session.sid
        assert lifetimes == {mia.email: 24 * 3600, staff.email: 3600}

    def test_the_lifetime_of_a_remembered_one(
        self, api_client: SessionClient, staff: Member
    ) -> None:
        with adapted("ShortForStaff"):
            api_client.post("/auth/login", MIA | {"username": staff.email, "rememberMe": True})
        session = UserSession.objects.get()
        assert session.expires_at.timestamp() - session.sid > 9 * 365 * 24 * 3600

    def test_claims_add_to_the_tokens_own(self, api_client: SessionClient, mia: Member) -> None:
        with adapted("ShortForStaff"):
            token = api_client.post("/auth/login", MIA).json()["token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        session = UserSession.objects.get()
        assert claims["club"] == "chess"
        assert (claims["sub"], claims["iat"]) == (str(mia.pk), session.sid)
        assert claims["token_type"] == "session"
        api_client.credentials(HTTP_AUTHORIZATION=token)
        assert api_client.get("/auth/users/me/sessions/me").status_code == 200

    def test_claims_that_make_the_token_too_long(
        self, api_client: SessionClient, mia: Member
    ) -> None:
        api_client.raise_request_exception = False
        with adapted("TooTalkative"):
            assert log_in(api_client, MIA) == (500, "INTERNAL_SERVER_ERROR")
        assert not UserSession.objects.exists()


class TestBackends:
    def test_a_plain_backend_takes_no_query_and_one_hash(
        self, mia: Member, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        counting = override_settings(PASSWORD_HASHERS=["tests.host.hashers.CountingHasher"])
        with counting, backed("StrictBackend"), django_assert_num_queries(0):
            before = CountingHasher.count
            found = Adapter().authenticate(mia.email, PASSWORD, account=mia, request=None)
        assert found == mia
        assert CountingHasher.count == before + 1

    def test_a_directory_knows_passwords_that_the_database_does_not(
        self, api_client: SessionClient, db: None
    ) -> None:
        ida = Member.objects.create_user("ida@directory.example", "hers")
        body = {"username": ida.email, "password": DIRECTORY_PASSWORD}
        with backed(DJANGO, "DirectoryBackend"):
            assert log_in(api_client, body) == (201, None)
            assert log_in(api_client, body | {"password": "hers"}) == (201, None)
            assert log_in(api_client, body | {"password": "guess"})[0] == 401
            # Without the adapter's word, no account is created.
            assert log_in(api_client, NEW) == (404, "INVALID_USER_ERROR")

    def test_a_directory_creates_accounts(self, api_client: SessionClient, db: None) -> None:
        with backed(DJANGO, "DirectoryBackend"), adapted("Directory"):
            answer = api_client.post("/auth/login", NEW)
            api_client.credentials(HTTP_AUTHORIZATION=answer.json()["token"])
            assert api_client.get("/auth/users/me/sessions/me").status_code == 200
            api_client.credentials()
            assert log_in(api_client, NEW) == (201, None)
            assert log_in(api_client, NEW | {"password": "guess"})[0] == 401
            nobody = NEW | {"username": "nobody@example.com"}
            assert log_in(api_client, nobody) == (404, "INVALID_USER_ERROR")
        assert Member.objects.get().email == NEW["username"]

    @pytest.mark.parametrize(("adapter", "then"), [("Directory", 429), ("MembersOnly", 404)])
    def test_unknown_names_count_only_if_they_take_work(
        self, api_client: SessionClient, db: None, adapter: str, then: int
    ) -> None:
        statuses = []
        # Within one window: it ends at a second that depends on the network.
        with adapted(adapter), rates_on(), frozen_clock(NEW_YEAR) as clock:
            for _ in range(6):
                clock.advance(timedelta(seconds=2))
                nobody = {"username": "nobody@example.com", "password": "guess"}
                statuses.append(log_in(api_client, nobody)[0])
        assert statuses == [404] * 4 + [then] * 2

    def test_a_banned_member_is_told_so_after_the_right_password(
        self, api_client: SessionClient, mia: Member
    ) -> None:
        Member.objects.update(is_active=False)
        with backed("StrictBackend"):
            assert log_in(api_client, MIA) == (403, "BANNED_ERROR")
            assert log_in(api_client, MIA | {"password": "guess"})[0] == 401

    def test_a_backend_that_refuses_ends_the_search(
        self, api_client: SessionClient, mia: Member
    ) -> None:
        with backed("LockedBackend", DJANGO):
            assert log_in(api_client, MIA) == (401, "INVALID_PASSWORD_ERROR")
        with backed("TokenBackend", DJANGO, "LockedBackend"):
            assert log_in(api_client, MIA) == (201, None)

    def test_another_account_of_a_backend_is_refused(
        self, api_client: SessionClient, mia: Member
    ) -> None:
        Member.objects.create_user("secretary@example.com", "another")
        with backed("SecretaryBackend", DJANGO):
            assert log_in(api_client, MIA | {"password": "guess"})[0] == 401
            assert log_in(api_client, MIA) == (201, None)
        assert UserSession.objects.get().user == mia

    def test_a_backend_that_fails(
        self, api_client: SessionClient, mia: Member, caplog: pytest.LogCaptureFixture
    ) -> None:
        api_client.raise_request_exception = False
        with backed("BrokenBackend", DJANGO):
            answer = api_client.post("/auth/login", MIA)
        assert answer.status_code == 500
        assert answer.json() == {
            "code": "INTERNAL_SERVER_ERROR",
            "message": "Internal Server Error",
        }

    def test_reverification_asks_them_too(self, api_client: SessionClient, db: None) -> None:
        body = {"name": "script", "permissionFlags": 32, "password": DIRECTORY_PASSWORD}
        with backed(DJANGO, "DirectoryBackend"), adapted("Directory"):
            token = api_client.post("/auth/login", NEW).json()["token"]
            api_client.credentials(HTTP_AUTHORIZATION=token)
            assert api_client.post("/auth/users/me/sessions", body).status_code == 201
            wrong = api_client.post("/auth/users/me/sessions", body | {"password": "guess"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_PASSWORD_ERROR")


class TestSignals:
    @pytest.fixture
    def heard(self) -> Any:
        calls: list[tuple[str, dict[str, Any]]] = []

        def hear(signal: Any, **what: Any) -> None:
            name = "in" if signal is user_logged_in else "failed"
            calls.append((name, what))

        for signal in (user_logged_in, user_login_failed):
            signal.connect(hear)
        yield calls
        for signal in (user_logged_in, user_login_failed):
            signal.disconnect(hear)

    @pytest.mark.django_db(transaction=True)
    def test_logins_send_those_of_django(
        self, api_client: SessionClient, mia: Member, heard: Any
    ) -> None:
        api_client.post("/auth/login", MIA)
        api_client.post("/auth/login", MIA | {"password": "guess"})
        (_, entered), (_, failed) = heard
        assert (entered["user"], entered["sender"]) == (mia, Member)
        assert entered["session"] == UserSession.objects.get()
        assert entered["request"].path == "/auth/login"
        assert failed["sender"] == "django.contrib.auth"
        assert failed["credentials"] == {"username": mia.email, "password": "*" * 20}
        assert failed["request"].path == "/auth/login"

    @pytest.mark.django_db(transaction=True)
    def test_they_can_be_turned_off(
        self, api_client: SessionClient, mia: Member, heard: Any
    ) -> None:
        silent = settings.SESSIONS_API | {"SEND_LOGIN_SIGNALS": False}
        with override_settings(SESSIONS_API=silent):
            assert log_in(api_client, MIA) == (201, None)
            log_in(api_client, MIA | {"password": "guess"})
        assert heard == []

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("kept", [True, False])
    def test_the_last_login_is_kept_by_the_setting_alone(
        self, api_client: SessionClient, mia: Member, kept: bool
    ) -> None:
        """Django's receiver of the signal would keep it, too."""
        with override_settings(SESSIONS_API=settings.SESSIONS_API | {"UPDATE_LAST_LOGIN": kept}):
            api_client.post("/auth/login", MIA)
        mia.refresh_from_db()
        session = UserSession.objects.get()
        assert mia.last_login == (session.created_at if kept else None)

    @pytest.mark.django_db(transaction=True)
    def test_a_login_to_the_admin_keeps_it_as_before(self, staff: Member) -> None:
        browser = SessionClient()
        assert browser.login(email=staff.email, password=PASSWORD)
        staff.refresh_from_db()
        assert staff.last_login is not None


@pytest.mark.parametrize("name", ["NoAdapter", "Nowhere"])
def test_a_wrong_adapter_fails_the_checks(name: str) -> None:
    with adapted(name):
        found = [problem.id for problem in run_checks(tags=["sessions_api"])]
    assert "sessions_api.E020" in found
