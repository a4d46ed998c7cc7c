"""The host's plain views: which sessions they let in, and which kill switches close them."""

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

#: ``status(permissions, client, method="get")``: of a view with these permissions.
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
class TestAViewThatNamesNoScope:
    @pytest.mark.parametrize("scope", [Scope.FILE_READ, Scope.ALL, Scope.STAFF_READ_FILES])
    @pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
    def test_it_refuses_every_scoped_session(
        self, log_in: LogIn, staff: Member, path: str, scope: Scope, method: str
    ) -> None:
        answer = log_in(staff, scopes=scope).generic(method, path)
        refusal = {"detail": "Insufficient Permissions"}
        # The profile and the function take no POST, which is found out last.
        assert (answer.status_code, answer.json()) == (403, refusal)

    def test_it_lets_full_ones_in(self, log_in: LogIn, staff: Member, path: str) -> None:
        answer = log_in(staff).get(path)
        assert (answer.status_code, answer.json()["email"]) == (200, staff.email)

    def test_a_bad_token_is_refused(self, log_in: LogIn, db: None, path: str) -> None:
        client = APIClient(headers={"Authorization": "Bearer rubbish"})
        answer = client.get(path)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_view_that_looks_at_who_calls_when_it_has_to(log_in: LogIn, mia: Member) -> None:
    assert log_in(mia).get("/plain/lazy").status_code == 200
    assert log_in(mia, scopes=Scope.ALL).get("/plain/lazy").status_code == 403


class TestAScopeThatAViewNames:
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
    def test_who_gets_in(
        self, log_in: LogIn, mia: Member, scopes: Scope | None, expected: int, method: str
    ) -> None:
        assert log_in(mia, scopes=scopes).generic(method, "/plain/files").status_code == expected

    @pytest.mark.parametrize("header", [None, "", "Bearer", "rubbish", "Bearer rubbish"])
    def test_nobody_gets_in_without_a_token(self, db: None, header: str | None) -> None:
        headers = {} if header is None else {"Authorization": header}
        answer = APIClient(headers=headers).get("/plain/files")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    def test_of_several_scopes_one_is_enough(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        either = [HasScope(Scope.FILE_READ | Scope.FILE_MODIFY)]
        for scope, expected in ((Scope.FILE_READ, 200), (Scope.FILE_MODIFY, 200)):
            assert status(either, log_in(mia, scopes=scope)) == expected
        assert status(either, log_in(mia, scopes=Scope.UPLOAD_FILE)) == 403

    def test_a_function(self, log_in: LogIn, mia: Member) -> None:
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

    def test_a_view_that_never_asks_for_it(self, log_in: LogIn, mia: Member) -> None:
        both = Scope.FILE_READ | Scope.FILE_MODIFY
        for scopes, status in ((both, 200), (Scope.FILE_READ, 403), (Scope.FILE_MODIFY, 403)):
            assert log_in(mia, scopes=scopes).get("/plain/careless").status_code == status

    def test_a_scope_for_staff_is_worth_nothing_to_others(
        self, log_in: LogIn, mia: Member, staff: Member, status: Status
    ) -> None:
        assert status([STAFF_READ], log_in(staff)) == 200
        assert status([STAFF_READ], log_in(staff, scopes=Scope.STAFF_READ_FILES)) == 200
        assert status([STAFF_READ], log_in(mia)) == 403
        assert status([STAFF_READ], log_in(mia, scopes=Scope.ALL)) == 403
        former = log_in(staff, scopes=Scope.STAFF_READ_FILES)
        Member.objects.update(is_superuser=False)
        assert status([STAFF_READ], former) == 403

    def test_it_has_to_be_one(self) -> None:
        with pytest.raises(ValueError, match="needs a scope"):
            HasScope(Scope(0))
        with pytest.raises(ValueError, match="FILE_READ"):
            HasScope("FILE_READ")  # type: ignore[arg-type]

    def test_an_object_of_a_member(self, log_in: LogIn, mia: Member, staff: Member) -> None:
        reader = log_in(mia, scopes=Scope.FILE_READ)
        assert reader.get(f"/plain/files/{mia.email}").status_code == 200
        assert reader.get(f"/plain/files/{staff.email}").status_code == 403
        # What its user may do does not widen a scope.
        staffs = log_in(staff, scopes=Scope.FILE_READ)
        assert staffs.get(f"/plain/files/{mia.email}").status_code == 403
        staffs = log_in(staff, scopes=Scope.STAFF_READ_FILES)
        assert staffs.get(f"/plain/files/{mia.email}").status_code == 200


class TestCompositions:
    """A session with the scope FILE_READ and one with another, of a member and of staff."""

    @pytest.mark.parametrize(
        ("permissions", "with_it", "without_it"),
        [
            ([READ], 200, 403),
            ([IsAuthenticated, READ], 200, 403),
            ([READ, IsAuthenticated], 200, 403),
            ([READ & IsAdminUser], 200, 403),
            ([IsAdminUser & READ], 200, 403),
            # Being staff, or anything else, is no scope.
            ([READ | IsAdminUser], 200, 403),
            ([IsAdminUser | READ], 200, 403),
            ([IsAdminUser | IsAuthenticated | READ], 200, 403),
            ([READ | AllowAny], 200, 403),
            ([(READ | IsAdminUser) & IsAuthenticated], 200, 403),
            ([READ & ReadOnly | MODIFY], 200, 403),
            ([READ & MODIFY], 403, 403),
            ([READ, MODIFY], 403, 403),
            # A way without a scope is a way without a scope.
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

    def test_reading_with_one_scope_and_writing_with_another(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        permissions = [ReadOnly & READ | MODIFY]
        reader, writer = (log_in(mia, scopes=one) for one in (Scope.FILE_READ, Scope.FILE_MODIFY))
        assert [status(permissions, reader, one) for one in ("get", "post")] == [200, 403]
        assert [status(permissions, writer, one) for one in ("get", "post")] == [200, 200]

    def test_full_sessions_pass_as_their_users_do(
        self, log_in: LogIn, mia: Member, staff: Member, status: Status
    ) -> None:
        assert status([READ | IsAdminUser], log_in(mia)) == 200
        assert status([READ & IsAdminUser], log_in(mia)) == 403
        assert status([READ & IsAdminUser], log_in(staff)) == 200
        assert status([~READ], log_in(staff)) == 403


class TestSeveralAuthenticators:
    PATH = "/plain/token-or-cookie"

    def test_a_refused_token_is_not_tried_elsewhere(self, log_in: LogIn, mia: Member) -> None:
        client = log_in(mia, scopes=Scope.FILE_MODIFY)
        APIClient.force_login(client, mia)
        assert client.get(self.PATH).status_code == 403
        client.credentials(HTTP_AUTHORIZATION="Bearer rubbish")
        assert client.get(self.PATH).status_code == 401

    def test_whoever_comes_another_way_is_no_scoped_session(self, mia: Member) -> None:
        client = APIClient()
        client.force_login(mia)
        assert client.get(self.PATH).status_code == 200

    def test_another_scheme_is_left_to_others(self, mia: Member) -> None:
        answer = APIClient().get(self.PATH, headers={"Authorization": _basic(mia.email, PASSWORD)})
        assert (answer.status_code, answer.json()["email"]) == (200, mia.email)
        answer = APIClient().get(self.PATH, headers={"Authorization": _basic(mia.email, "wrong")})
        assert answer.status_code == 401

    def test_a_request_that_no_view_has_made(self, log_in: LogIn, mia: Member) -> None:
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
    def test_global_closes_views_that_name_no_permission(
        self, log_in: LogIn, mia: Member, path: str
    ) -> None:
        with switched_on(GLOBAL):
            answer = log_in(mia).get(path)
        # The function asks for staff, as the host's settings say, but after that.
        assert (answer.status_code, answer.json()) == (503, self.UNAVAILABLE)

    def test_global_goes_before_the_scope(self, log_in: LogIn, mia: Member) -> None:
        with switched_on(GLOBAL):
            for scope in (Scope.FILE_READ, Scope.FILE_MODIFY):
                assert log_in(mia, scopes=scope).get("/plain/files").status_code == 503

    def test_staff_pass_with_whatever_session(self, log_in: LogIn, staff: Member) -> None:
        with switched_on(GLOBAL, FILE_CREATE):
            assert log_in(staff).get("/plain/files").status_code == 200
            scoped = log_in(staff, scopes=Scope.FILE_READ)
            assert scoped.get("/plain/files").status_code == 200

    def test_those_that_a_view_names(self, log_in: LogIn, mia: Member) -> None:
        for client in (log_in(mia), log_in(mia, scopes=Scope.FILE_READ)):
            with switched_on(FILE_CREATE):
                answer = client.get("/plain/files")
                assert client.get("/profile").status_code != 503
            unavailable = {"detail": "Service Unavailable", "feature": FILE_CREATE.number}
            assert (answer.status_code, answer.json()) == (503, unavailable)
            with switched_on(FILE_DELETE):
                assert client.get("/plain/files").status_code == 200

    def test_strangers_are_asked_about_where_the_view_says_so(self, db: None) -> None:
        client = APIClient()
        with switched_on(GLOBAL):
            answer = client.get("/plain/open-unless-global")
            assert (answer.status_code, answer.json()) == (503, self.UNAVAILABLE)
            assert client.get("/plain/anyone").status_code == 200
        assert client.get("/plain/open-unless-global").status_code == 200

    def test_reading_while_writing_is_stopped(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        permissions = [ReadOnly | SwitchesAreOff(FILE_CREATE)]
        with switched_on(FILE_CREATE):
            assert [status(permissions, log_in(mia), one) for one in ("get", "post")] == [200, 503]

    def test_no_composition_opens_what_is_closed(
        self, log_in: LogIn, mia: Member, status: Status
    ) -> None:
        off = SwitchesAreOff(FILE_CREATE)
        with switched_on(FILE_CREATE):
            for permissions in ([off], [off | AllowAny], [IsAuthenticated & off], [~off]):
                assert status(permissions, log_in(mia)) == 503
        assert status([~off], log_in(mia)) == 403

    def test_a_name_is_no_switch(self) -> None:
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


class TestTheVeryNextRequest:
    """Of a scoped session that was good a moment ago."""

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

    def test_its_scopes_have_been_narrowed(self, client: SessionClient) -> None:
        UserSession.objects.update(permission_flags=Scope.FILE_MODIFY)
        assert client.get("/plain/files").status_code == 403


class TestQueries:
    @pytest.mark.parametrize("scopes", [None, Scope.FILE_READ])
    def test_one_statement_answers_for_session_scope_and_switches(
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

    def test_a_refusal_takes_no_more(
        self, log_in: LogIn, mia: Member, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        client = log_in(mia, scopes=Scope.FILE_MODIFY)
        client.get("/plain/files")
        with django_assert_num_queries(1):
            assert client.get("/plain/files").status_code == 403

    def test_strangers_cost_the_switches_alone(
        self, db: None, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        with django_assert_num_queries(1):
            assert APIClient().get("/plain/open-unless-global").status_code == 200


class TestTheClientOfRESTFramework:
    def test_a_forced_user_is_as_a_full_session(self, mia: Member, staff: Member) -> None:
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

    def test_a_cookie_is_no_token(self, mia: Member) -> None:
        client = APIClient()
        client.force_login(mia)
        with pytest.warns(UserWarning, match=r"sessions_api\.testing\.log_in\(\)"):
            assert client.get("/plain/files").status_code == 401
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # Those who sent no cookie, or a token, need no such advice.
            assert APIClient().get("/plain/files").status_code == 401
            client.credentials(HTTP_AUTHORIZATION="rubbish")
            assert client.get("/plain/files").status_code == 401


def _basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
