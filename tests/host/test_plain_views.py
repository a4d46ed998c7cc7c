"""The host's plain views: which sessions they admit, and which kill switches close them."""

import base64
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from killswitches.registry import FILE_CREATE, FILE_DELETE, GLOBAL
from killswitches.testing import switched_on
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.permissions import HasScope, SwitchesAreOff
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_all_sessions
from sessions_api.testing import Clock, SessionClient
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member
from tests.host.plain_views import Mine, Plain, ReadOnly, ReadsOwn, ScopeOrStaff

READ = HasScope(Scope.FILE_READ)
MODIFY = HasScope(Scope.FILE_MODIFY)
STAFF_READ = HasScope(Scope.STAFF_READ_FILES)

#: A permission as a view lists it.
Permission = Any

#: ``status(permissions, client, method="get")`` returns the status of such a view.
Status = Callable[..., int]


@pytest.fixture
def status() -> Status:
    def call(permissions: list[Permission], client: SessionClient, method: str = "get") -> int:
        view = Plain.as_view(permission_classes=permissions)
        request = APIRequestFactory().generic(
            method.upper(), "/", headers={"Authorization": client.token}
        )
        return view(request).status_code

    return call


@pytest.mark.parametrize(
    "path",
    [
        "/profile",
        "/plain/nothing",
        "/plain/anyone",
        "/plain/members",
        "/plain/default",
        "/plain/function",
    ],
)
class TestViewsWithoutAScope:
    @pytest.mark.parametrize("scope", [Scope.FILE_READ, Scope.ALL, Scope.STAFF_READ_FILES])
    @pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
    def test_scoped_sessions_are_refused(
        self, log_in: LogIn, staff: Member, path: str, scope: Scope, method: str
    ) -> None:
        answer = log_in(staff, scopes=scope).generic(method, path)
        refusal = {"detail": "Insufficient Permissions"}
        # The profile and the function do not support POST, which is checked last.
        assert (answer.status_code, answer.json()) == (403, refusal)

    def test_full_sessions_are_admitted(self, log_in: LogIn, staff: Member, path: str) -> None:
        answer = log_in(staff).get(path)
        assert (answer.status_code, answer.json()["email"]) == (200, staff.email)

    def test_a_bad_token_is_refused(self, log_in: LogIn, db: None, path: str) -> None:
        client = APIClient(headers={"Authorization": "Bearer rubbish"})
        answer = client.get(path)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_view_that_authenticates_late(log_in: LogIn, mia: Member) -> None:
    assert log_in(mia).get("/plain/lazy").status_code == 200
    assert log_in(mia, scopes=Scope.ALL).get("/plain/lazy").status_code == 403


class TestViewsWithAScope:
    @pytest.mark.parametrize(
        ("scopes", "expected"),
        [
            (None, 200),
            (Scope.FILE_READ, 200),
            (Scope.FILE_READ | Scope.ACCOUNT_READ, 200),
            (Scope.ALL, 200),
            (Scope.FILE_MODIFY, 403),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    def test_only_full_sessions_and_the_scope_are_admitted(
        self, log_in: LogIn, mia: Member, scopes: Scope | None, expected: int, method: str
    ) -> None:
        assert log_in(mia, scopes=scopes).generic(method, "/plain/files").status_code == expected

    @pytest.mark.parametrize("header", [None, "", "Bearer", "rubbish", "Bearer rubbish"])
    def test_nobody_is_admitted_without_a_token(self, db: None, header: str | None) -> None:
        headers = {} if header is None else {"Authorization": header}
        answer = APIClient(headers=headers).get("/plain/files")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    def test_one_of_several_scopes_is_enough(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        either = [HasScope(Scope.FILE_READ | Scope.FILE_MODIFY)]
        for scope, expected in ((Scope.FILE_READ, 200), (Scope.FILE_MODIFY, 200)):
            assert status(either, log_in(mia, scopes=scope)) == expected
        assert status(either, log_in(mia, scopes=Scope.UPLOAD_FILE)) == 403

    def test_a_function_view(self, log_in: LogIn, mia: Member) -> None:
        assert log_in(mia, scopes=Scope.ACCOUNT_READ).get("/plain/account").status_code == 200
        assert log_in(mia, scopes=Scope.FILE_READ).get("/plain/account").status_code == 403

    def test_permissions_by_action_and_caller(self, log_in: LogIn, mia: Member) -> None:
        reader, writer = (log_in(mia, scopes=one) for one in (Scope.FILE_READ, Scope.FILE_MODIFY))
        assert reader.get("/plain/notes").status_code == 200
        assert reader.post("/plain/notes").status_code == 403
        assert reader.get("/plain/notes/modify").status_code == 403
        assert writer.get("/plain/notes").status_code == 403
        assert writer.get("/plain/notes/modify").status_code == 200
        assert APIClient().get("/plain/notes").status_code == 401

    def test_a_view_that_does_not_check_its_permissions(self, log_in: LogIn, mia: Member) -> None:
        both = Scope.FILE_READ | Scope.FILE_MODIFY
        for scopes, status in ((both, 200), (Scope.FILE_READ, 403), (Scope.FILE_MODIFY, 403)):
            assert log_in(mia, scopes=scopes).get("/plain/careless").status_code == status

    def test_a_staff_scope_has_no_effect_for_others(
        self, log_in: LogIn, mia: Member, staff: Member, status: Status
    ) -> None:
        assert status([STAFF_READ], log_in(staff)) == 200
        assert status([STAFF_READ], log_in(staff, scopes=Scope.STAFF_READ_FILES)) == 200
        assert status([STAFF_READ], log_in(mia)) == 403
        assert status([STAFF_READ], log_in(mia, scopes=Scope.ALL)) == 403
        former = log_in(staff, scopes=Scope.STAFF_READ_FILES)
        Member.objects.update(is_superuser=False)
        assert status([STAFF_READ], former) == 403

    def test_only_scopes_are_accepted(self) -> None:
        with pytest.raises(ValueError, match="needs a scope"):
            HasScope(Scope(0))
        with pytest.raises(ValueError, match="FILE_READ"):
            HasScope("FILE_READ")  # type: ignore[arg-type]

    def test_object_permissions(self, log_in: LogIn, mia: Member, staff: Member) -> None:
        reader = log_in(mia, scopes=Scope.FILE_READ)
        assert reader.get(f"/plain/files/{mia.email}").status_code == 200
        assert reader.get(f"/plain/files/{staff.email}").status_code == 403
        # The user's permissions do not extend a scope.
        staffs = log_in(staff, scopes=Scope.FILE_READ)
        assert staffs.get(f"/plain/files/{mia.email}").status_code == 403
        staffs = log_in(staff, scopes=Scope.STAFF_READ_FILES)
        assert staffs.get(f"/plain/files/{mia.email}").status_code == 200


class TestCompositions:
    """Composed permissions, with a session that has the scope FILE_READ and one that does not."""

    @pytest.mark.parametrize(
        ("permissions", "with_it", "without_it"),
        [
            ([READ], 200, 403),
            ([IsAuthenticated, READ], 200, 403),
            ([READ, IsAuthenticated], 200, 403),
            ([READ & IsAdminUser], 200, 403),
            ([IsAdminUser & READ], 200, 403),
            # Being staff, or any other condition, does not replace a scope.
            ([READ | IsAdminUser], 200, 403),
            ([IsAdminUser | READ], 200, 403),
            ([IsAdminUser | IsAuthenticated | READ], 200, 403),
            ([READ | AllowAny], 200, 403),
            ([(READ | IsAdminUser) & IsAuthenticated], 200, 403),
            ([READ & ReadOnly | MODIFY], 200, 403),
            ([READ & MODIFY], 403, 403),
            ([READ, MODIFY], 403, 403),
            # An alternative without a scope does not admit scoped sessions.
            ([READ & Mine | IsAdminUser], 403, 403),
            ([IsAdminUser | READ & Mine], 403, 403),
            ([ReadsOwn | IsAdminUser], 403, 403),
            ([ReadsOwn], 200, 403),
            ([ScopeOrStaff], 200, 403),
            ([~READ], 403, 403),
            ([~READ | IsAdminUser], 403, 403),
            ([~MODIFY & IsAdminUser], 403, 403),
            ([~(READ & MODIFY)], 403, 403),
            ([~~READ], 403, 403),
            ([READ, ~MODIFY], 200, 403),
            ([SwitchesAreOff(FILE_CREATE)], 403, 403),
            ([READ & SwitchesAreOff(FILE_CREATE)], 200, 403),
        ],
    )
    def test_scoped_sessions_of_staff(
        self,
        log_in: LogIn,
        staff: Member,
        status: Status,
        permissions: list[Permission],
        with_it: int,
        without_it: int,
    ) -> None:
        assert status(permissions, log_in(staff, scopes=Scope.FILE_READ)) == with_it
        assert status(permissions, log_in(staff, scopes=Scope.ACCOUNT_READ)) == without_it

    def test_different_scopes_for_reading_and_writing(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        permissions = [ReadOnly & READ | MODIFY]
        reader, writer = (log_in(mia, scopes=one) for one in (Scope.FILE_READ, Scope.FILE_MODIFY))
        assert [status(permissions, reader, one) for one in ("get", "post")] == [200, 403]
        assert [status(permissions, writer, one) for one in ("get", "post")] == [200, 200]

    def test_full_sessions_have_the_permissions_of_their_users(
        self, log_in: LogIn, mia: Member, staff: Member, status: Status
    ) -> None:
        assert status([READ | IsAdminUser], log_in(mia)) == 200
        assert status([READ & IsAdminUser], log_in(mia)) == 403
        assert status([READ & IsAdminUser], log_in(staff)) == 200
        assert status([~READ], log_in(staff)) == 403


class TestSeveralAuthenticators:
    PATH = "/plain/token-or-cookie"

    def test_a_refused_token_is_not_passed_on(self, log_in: LogIn, mia: Member) -> None:
        client = log_in(mia, scopes=Scope.FILE_MODIFY)
        APIClient.force_login(client, mia)
        assert client.get(self.PATH).status_code == 403
        client.credentials(HTTP_AUTHORIZATION="Bearer rubbish")
        assert client.get(self.PATH).status_code == 401

    def test_other_authentication_is_not_a_scoped_session(self, mia: Member) -> None:
        client = APIClient()
        client.force_login(mia)
        assert client.get(self.PATH).status_code == 200

    def test_other_schemes_are_left_to_other_authenticators(self, mia: Member) -> None:
        answer = APIClient().get(self.PATH, headers={"Authorization": _basic(mia.email, PASSWORD)})
        assert (answer.status_code, answer.json()["email"]) == (200, mia.email)
        answer = APIClient().get(self.PATH, headers={"Authorization": _basic(mia.email, "wrong")})
        assert answer.status_code == 401

    def test_a_request_without_a_view(self, log_in: LogIn, mia: Member) -> None:
        for wrap in (Request, lambda request: request):
            for scopes, opens in ((None, True), (Scope.ALL, False)):
                request = HttpRequest()
                request.META["HTTP_AUTHORIZATION"] = log_in(mia, scopes=scopes).token
                authenticate = SessionTokenAuthentication().authenticate
                if opens:
                    assert authenticate(wrap(request))[0] == mia
                else:
                    with pytest.raises(PermissionDenied):
                        authenticate(wrap(request))


class TestKillSwitches:
    UNAVAILABLE = {"detail": "Service Unavailable", "feature": GLOBAL.number}

    @pytest.mark.parametrize("path", ["/profile", "/plain/nothing", "/plain/function"])
    def test_global_closes_views_without_permissions(
        self, log_in: LogIn, mia: Member, path: str
    ) -> None:
        with switched_on(GLOBAL):
            answer = log_in(mia).get(path)
        # The function requires staff, by the host's settings, but that is checked later.
        assert (answer.status_code, answer.json()) == (503, self.UNAVAILABLE)

    def test_global_is_checked_before_the_scope(self, log_in: LogIn, mia: Member) -> None:
        with switched_on(GLOBAL):
            for scope in (Scope.FILE_READ, Scope.FILE_MODIFY):
                assert log_in(mia, scopes=scope).get("/plain/files").status_code == 503

    def test_staff_pass_with_any_session(self, log_in: LogIn, staff: Member) -> None:
        with switched_on(GLOBAL, FILE_CREATE):
            assert log_in(staff).get("/plain/files").status_code == 200
            scoped = log_in(staff, scopes=Scope.FILE_READ)
            assert scoped.get("/plain/files").status_code == 200

    def test_the_switches_that_a_view_names(self, log_in: LogIn, mia: Member) -> None:
        for client in (log_in(mia), log_in(mia, scopes=Scope.FILE_READ)):
            with switched_on(FILE_CREATE):
                answer = client.get("/plain/files")
                assert client.get("/profile").status_code != 503
            unavailable = {"detail": "Service Unavailable", "feature": FILE_CREATE.number}
            assert (answer.status_code, answer.json()) == (503, unavailable)
            with switched_on(FILE_DELETE):
                assert client.get("/plain/files").status_code == 200

    def test_switches_close_a_view_to_anonymous_callers_too(self, db: None) -> None:
        client = APIClient()
        with switched_on(GLOBAL):
            answer = client.get("/plain/open-unless-global")
            assert (answer.status_code, answer.json()) == (503, self.UNAVAILABLE)
            assert client.get("/plain/anyone").status_code == 200
        assert client.get("/plain/open-unless-global").status_code == 200

    def test_a_switch_can_close_writing_only(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        permissions = [ReadOnly | SwitchesAreOff(FILE_CREATE)]
        with switched_on(FILE_CREATE):
            assert [status(permissions, log_in(mia), one) for one in ("get", "post")] == [200, 503]

    def test_no_composition_bypasses_a_switch(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        off = SwitchesAreOff(FILE_CREATE)
        with switched_on(FILE_CREATE):
            for permissions in ([off], [off | AllowAny], [IsAuthenticated & off], [~off]):
                assert status(permissions, log_in(mia)) == 503
        assert status([~off], log_in(mia)) == 403

    def test_only_switches_are_accepted(self) -> None:
        with pytest.raises(TypeError, match="not 'GLOBAL'"):
            SwitchesAreOff(FILE_CREATE, "GLOBAL")  # type: ignore[arg-type]

    def test_the_host_renders_the_error(self, log_in: LogIn, mia: Member) -> None:
        client = log_in(mia)
        with switched_on(FILE_CREATE):
            answer = client.get("/plain/wordy")
        code = "SERVICE_UNAVAILABLE_ERROR"
        number = FILE_CREATE.number
        assert (answer.status_code, answer.json()) == (
            503,
            {
                "type": "SwitchIsOn",
                "codes": {"detail": code, "feature": code},
                "full": {
                    "detail": {"message": "Service Unavailable", "code": code},
                    "feature": {"message": number, "code": code},
                },
            },
        )
        answer = log_in(mia, scopes=Scope.FILE_MODIFY).get("/plain/wordy")
        assert answer.json()["codes"] == "INSUFFICIENT_PERMISSIONS_ERROR"


class TestTheNextRequest:
    """The next request of a scoped session that has just become invalid."""

    @pytest.fixture
    def client(self, log_in: LogIn, mia: Member) -> SessionClient:
        client = log_in(mia, scopes=Scope.FILE_READ)
        assert client.get("/plain/files").status_code == 200
        return client

    def test_it_has_ended(self, client: SessionClient, mia: Member) -> None:
        end_all_sessions(mia, actor=Actor(name="the host"))
        assert client.get("/plain/files").status_code == 401

    def test_its_member_is_banned(self, client: SessionClient) -> None:
        Member.objects.update(is_active=False)
        answer = client.get("/plain/files")
        assert (answer.status_code, answer.json()) == (403, {"detail": "Banned"})

    def test_it_has_expired(self, sessions_clock: Clock, client: SessionClient) -> None:
        sessions_clock.now = client.user_session.expires_at
        assert client.get("/plain/files").status_code == 401

    def test_its_scopes_have_been_reduced(self, client: SessionClient) -> None:
        UserSession.objects.update(permission_flags=Scope.FILE_MODIFY)
        assert client.get("/plain/files").status_code == 403


class TestQueries:
    @pytest.mark.parametrize("scopes", [None, Scope.FILE_READ])
    def test_one_statement_reads_session_scope_and_switches(
        self,
        log_in: LogIn,
        mia: Member,
        scopes: Scope | None,
        django_assert_num_queries: Callable[[int], Any],
    ) -> None:
        client = log_in(mia, scopes=scopes)
        client.get("/plain/files")
        with django_assert_num_queries(1):
            assert client.get("/plain/files").status_code == 200
        with switched_on(FILE_CREATE), django_assert_num_queries(1):
            assert client.get("/plain/files").status_code == 503

    def test_a_refusal_takes_no_more_queries(
        self, log_in: LogIn, mia: Member, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        client = log_in(mia, scopes=Scope.FILE_MODIFY)
        client.get("/plain/files")
        with django_assert_num_queries(1):
            assert client.get("/plain/files").status_code == 403

    def test_anonymous_callers_take_one_query_for_the_switches(
        self, db: None, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        with django_assert_num_queries(1):
            assert APIClient().get("/plain/open-unless-global").status_code == 200


class TestTheClientOfRESTFramework:
    def test_a_forced_user_counts_as_a_full_session(self, mia: Member, staff: Member) -> None:
        client = APIClient()
        client.force_authenticate(mia)
        assert client.get("/plain/files").status_code == 200
        with switched_on(FILE_CREATE):
            assert client.get("/plain/files").status_code == 503
            client.force_authenticate(staff)
            assert client.get("/plain/files").status_code == 200

    def test_a_forced_session_has_its_scopes(self, log_in: LogIn, mia: Member) -> None:
        for scope, expected in ((Scope.FILE_READ, 200), (Scope.FILE_MODIFY, 403)):
            client = APIClient()
            client.force_authenticate(mia, token=log_in(mia, scopes=scope).user_session)
            assert client.get("/plain/files").status_code == expected

    def test_a_cookie_is_not_a_token(self, mia: Member) -> None:
        client = APIClient()
        client.force_login(mia)
        with pytest.warns(UserWarning, match=r"sessions_api\.testing\.log_in\(\)"):
            assert client.get("/plain/files").status_code == 401
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # No hint if there was no cookie, or a token.
            assert APIClient().get("/plain/files").status_code == 401
            client.credentials(HTTP_AUTHORIZATION="rubbish")
            assert client.get("/plain/files").status_code == 401


def _basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
