"""The policy table of v5, as in the contract, and the gate that enforces it."""

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import get_resolver
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY, GLOBAL
from killswitches.testing import switched_on
from sessions_api.checks import settings as checks
from sessions_api.exceptions import Banned
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.http.dialects.v5 import viewsets as v5_viewsets
from sessions_api.ratelimits import rates
from sessions_api.scopes import Scope
from tests.cast import PASSWORD
from tests.policy_table import squeezed, table
from tests.rate_clock import Clock

# method, path: audience, permission, scope, switches, own rate, reverification
V5 = """
POST   /login                          | anyone without a valid session | - | - | ACCOUNT_LOGIN | login 4/300 also 3/180 free InvalidUser free SecondFactorChallengeRequired | -
POST   /users/me/sessions              | self  | -                                  | -                         | ACCOUNT_MODIFY ACCOUNT_LOGIN | scoped session 4/300 | yes
GET    /users/me/sessions              | self  | -                                  | SESSION_READ              | -              | - | -
DELETE /users/me/sessions              | self  | -                                  | SESSION_MODIFY            | ACCOUNT_MODIFY | - | -
DELETE /users/me/sessions/all          | self  | -                                  | SESSION_MODIFY            | ACCOUNT_MODIFY | - | -
GET    /users/me/sessions/:sid         | self  | -                                  | SESSION_READ              | -              | - | -
DELETE /users/me/sessions/:sid         | self  | -                                  | SESSION_MODIFY            | ACCOUNT_MODIFY | - | -
GET    /users/:uid/sessions            | staff | sessions_api.view_usersession      | STAFF_READ_SESSIONS       | -              | - | -
DELETE /users/:uid/sessions            | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS     | -              | - | -
DELETE /users/:uid/sessions/all        | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS     | -              | - | -
GET    /users/:uid/sessions/:sid       | staff | sessions_api.view_usersession      | STAFF_READ_SESSIONS       | -              | - | -
DELETE /users/:uid/sessions/:sid       | staff | sessions_api.delete_usersession    | STAFF_MODIFY_SESSIONS     | -              | - | -
GET    /killswitches                   | staff | killswitches.view_killswitch       | STAFF_MODIFY_KILLSWITCHES | -              | - | -
DELETE /killswitches                   | staff | killswitches.change_killswitch     | STAFF_MODIFY_KILLSWITCHES | -              | - | yes
PUT    /killswitches/:number           | staff | killswitches.change_killswitch     | STAFF_MODIFY_KILLSWITCHES | -              | - | yes
DELETE /killswitches/:number           | staff | killswitches.change_killswitch     | STAFF_MODIFY_KILLSWITCHES | -              | - | yes
GET    /users/me/2fa                   | self  | -                                  | SECOND_FACTOR_READ        | -              | - | -
GET    /users/me/2fa/:factor_id        | self  | -                                  | SECOND_FACTOR_READ        | -              | - | -
POST   /users/me/2fa/totp              | self  | -                                  | -                         | ACCOUNT_MODIFY | - | yes
POST   /users/me/2fa/totp/confirm      | self  | -                                  | -                         | ACCOUNT_MODIFY | - | -
POST   /users/me/2fa/webauthn          | self  | -                                  | -                         | ACCOUNT_MODIFY | - | yes
POST   /users/me/2fa/webauthn/confirm  | self  | -                                  | -                         | ACCOUNT_MODIFY | - | -
POST   /users/me/2fa/backup            | self  | -                                  | -                         | ACCOUNT_MODIFY | - | yes
DELETE /users/me/2fa/:factor_id        | self  | -                                  | -                         | ACCOUNT_MODIFY | - | yes
DELETE /users/me/2fa                   | self  | -                                  | -                         | ACCOUNT_MODIFY | - | yes
DELETE /users/me/2fa/all               | self  | -                                  | -                         | ACCOUNT_MODIFY | - | yes
GET    /users/:uid/2fa                 | staff | second_factors.view_secondfactor   | STAFF_READ_SECOND_FACTORS | -              | - | -
GET    /users/:uid/2fa/:factor_id      | staff | second_factors.view_secondfactor   | STAFF_READ_SECOND_FACTORS | -              | - | -
DELETE /users/:uid/2fa/:factor_id      | staff | second_factors.delete_secondfactor | STAFF_MODIFY_SECOND_FACTORS | -            | - | yes
DELETE /users/:uid/2fa                 | staff | second_factors.delete_secondfactor | STAFF_MODIFY_SECOND_FACTORS | -            | - | yes
DELETE /users/:uid/2fa/all             | staff | second_factors.delete_secondfactor | STAFF_MODIFY_SECOND_FACTORS | -            | - | yes
GET    /users/me                       | self  | -                                  | ACCOUNT_READ              | -              | - | -
GET    /users                          | staff | cumulonimbus.view_user             | STAFF_READ_ACCOUNTS       | -              | - | -
GET    /users/:uid                     | staff | cumulonimbus.view_user             | STAFF_READ_ACCOUNTS       | -              | - | -
PUT    /users/:uid/ban                 | staff | cumulonimbus.change_user           | STAFF_MODIFY_ACCOUNTS     | -              | - | yes
DELETE /users/:uid/ban                 | staff | cumulonimbus.change_user           | STAFF_MODIFY_ACCOUNTS     | -              | - | yes
GET    /incidents                      | staff | sessions_api_incidents.view_incident | STAFF_READ_SESSIONS | - | - | -
POST   /incidents                      | staff | sessions_api_incidents.add_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
GET    /incidents/:incident            | staff | sessions_api_incidents.view_incident | STAFF_READ_SESSIONS | - | - | -
PATCH  /incidents/:incident            | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
PUT    /incidents/:incident/closed     | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
DELETE /incidents/:incident/closed     | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
PUT    /incidents/:incident/participation | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
DELETE /incidents/:incident/participation | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
POST   /incidents/:incident/notes      | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
GET    /incidents/:incident/timeline   | staff | sessions_api_incidents.view_incident | STAFF_READ_SESSIONS | - | - | -
GET    /incidents/:incident/preview    | staff | sessions_api_incidents.view_incident sessions_api.view_usersession | STAFF_READ_SESSIONS | - | - | -
POST   /incidents/:incident/sign-outs  | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident sessions_api.delete_usersession | STAFF_MODIFY_SESSIONS | - | - | yes
GET    /incidents/:incident/sign-outs/:sign_out          | staff | sessions_api_incidents.view_incident | STAFF_READ_SESSIONS | - | - | -
DELETE /incidents/:incident/sign-outs/:sign_out          | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident sessions_api.delete_usersession | STAFF_MODIFY_SESSIONS | - | - | -
PUT    /incidents/:incident/sign-outs/:sign_out/approval | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident sessions_api.delete_usersession | STAFF_MODIFY_SESSIONS | - | - | yes
DELETE /incidents/:incident/sign-outs/:sign_out/approval | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident sessions_api.delete_usersession | STAFF_MODIFY_SESSIONS | - | - | -
PUT    /incidents/:incident/sign-outs/:sign_out/run      | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident sessions_api.delete_usersession | STAFF_MODIFY_SESSIONS | - | - | yes
POST   /incidents/:incident/mails      | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | yes
GET    /incidents/:incident/mails/:mail | staff | sessions_api_incidents.view_incident | STAFF_READ_SESSIONS | - | - | -
DELETE /incidents/:incident/mails/:mail | staff | sessions_api_incidents.change_incident sessions_api_incidents.view_incident | STAFF_MODIFY_SESSIONS | - | - | -
"""  # noqa: E501


def test_the_table_matches_the_contract() -> None:
    actual = table(v5.urlpatterns)
    print("\n".join(actual))
    assert sorted(actual) == sorted(squeezed(V5))


def test_the_common_rates_match_the_contract() -> None:
    assert (rates.GENERAL.limit, rates.GENERAL.period) == (100, 60)
    assert (rates.BURST.limit, rates.BURST.period) == (3, 1)


def test_an_action_without_a_policy_fails_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_policies() == []
    monkeypatch.delitem(v5_viewsets.OwnSessionViewSet.policies, "destroy_all")
    [error] = checks.check_policies()
    assert error.id == "sessions_api.E006"
    assert "OwnSessionViewSet.destroy_all" in error.msg


def test_the_check_finds_every_mounted_viewset() -> None:
    found = {viewset for viewset, _ in checks.api_routes(get_resolver().url_patterns)}
    mounted = {
        f"{viewset.__module__.removeprefix('sessions_api.')}.{viewset.__name__}"
        for viewset in found
    }
    assert mounted == {
        "http.viewsets.hello.HelloViewSet",
        "http.dialects.v3.viewsets.CurrentSessionViewSet",
        "http.dialects.v3.viewsets.OwnSessionViewSet",
        "http.dialects.v3.viewsets.StaffSessionViewSet",
        "http.dialects.v4.viewsets.LoginViewSet",
        "http.dialects.v4.viewsets.SessionViewSet",
        "http.dialects.v5.viewsets.LoginViewSet",
        "http.dialects.v5.viewsets.OwnSessionViewSet",
        "http.dialects.v5.viewsets.StaffSessionViewSet",
        "http.dialects.v5.viewsets.KillSwitchViewSet",
        "second_factors.http.v5.OwnSecondFactorViewSet",
        "second_factors.http.v5.OwnEnrolmentViewSet",
        "second_factors.http.v5.StaffSecondFactorViewSet",
        "incidents.http.v5.StaffIncidentViewSet",
        "incidents.http.v5.StaffSignOutViewSet",
        "incidents.http.v5.StaffOwnersMailViewSet",
        "users.http.v5.OwnUserViewSet",
        "users.http.v5.StaffUserViewSet",
        "http.dialects.wolfpal.viewsets.SessionViewSet",
    }


@pytest.mark.django_db
def test_scoped_sessions_need_no_reverification(staff: Any, log_in: Any) -> None:
    flags = int(Scope.STAFF_MODIFY_KILLSWITCHES)
    login = log_in(staff, permission_flags=flags)
    assert login.api("PUT", "/killswitches/0").status_code == 200


class Refusing(BaseAuthentication):
    """A host's authentication, which knows that somebody is banned but not who it is."""

    def authenticate(self, request: Request) -> None:
        raise PermissionDenied from Banned()


@pytest.mark.django_db
@pytest.mark.ratelimited
def test_a_ban_without_an_account_counts_by_address(
    rf: RequestFactory, limits_clock: Clock
) -> None:
    view = v5_viewsets.OwnSessionViewSet.as_view({"get": "list"}, authentication_classes=[Refusing])
    assert [view(rf.get("/")).status_code for _ in range(4)] == [403] * 3 + [429]
    assert view(rf.get("/", REMOTE_ADDR="192.0.2.9")).status_code == 403


@pytest.mark.django_db
class TestOrder:
    """Of several reasons for a refusal, the first in the contract's order is reported."""

    def test_switch_before_staff(self, ann: Any, log_in: Any) -> None:
        with switched_on(GLOBAL):
            assert log_in(ann).api("GET", "/killswitches").status_code == 503

    def test_switch_before_scope(self, ann: Any, log_in: Any) -> None:
        login = log_in(ann, permission_flags=int(Scope.UPLOAD_FILE))
        with switched_on(ACCOUNT_MODIFY):
            assert login.api("DELETE", "/users/me/sessions/all").status_code == 503

    def test_switch_before_the_refusal_of_a_second_login(self, ann: Any, log_in: Any) -> None:
        with switched_on(ACCOUNT_LOGIN):
            assert log_in(ann).api("POST", "/login", {}).status_code == 503

    @pytest.mark.ratelimited
    def test_refused_requests_are_limited_too(
        self, ann: Any, log_in: Any, limits_clock: Clock
    ) -> None:
        login = log_in(ann, permission_flags=int(Scope.UPLOAD_FILE))
        answers = [login.api("GET", "/users/me/sessions").status_code for _ in range(6)]
        assert answers == [403] * 3 + [429] * 3

    @pytest.mark.usefixtures("no_password_work")
    def test_staff_before_reverification(self, ann: Any, log_in: Any) -> None:
        response = log_in(ann).api("PUT", "/killswitches/0", {"password": PASSWORD})
        assert response.status_code == 403
