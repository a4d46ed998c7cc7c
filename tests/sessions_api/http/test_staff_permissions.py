"""Staff have the same permissions in the API as in the admin, and superusers rank above others."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import Group, Permission

from killswitches.registry import ACCOUNT_MODIFY, GLOBAL
from killswitches.services import states
from killswitches.testing import switched_on
from sessions_api.http.dialects.v3 import urls as v3
from sessions_api.http.dialects.v4 import urls as v4
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.http.policy import Audience
from sessions_api.models import AuditEvent
from sessions_api.scopes import Scope
from tests.api import Api, Login, is_dead
from tests.cast import DOING, LOOKING, PASSWORD, allow
from tests.policy_table import endpoints

pytestmark = pytest.mark.django_db

EVERYTHING = LOOKING + DOING
LogIn = Callable[..., Login]

REFUSED = {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"}


class Endpoint(NamedTuple):
    """A staff endpoint."""

    dialect: str
    method: str
    path: str
    permissions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.dialect} {self.method} {self.path}"

    def call(self, login: Login, whose: Any) -> Any:
        """Return the response to a request about a user's objects, of which none has the id 1."""
        path = re.sub(":(sid|factor_id|number|incident|sign_out|mail)", "1", self.path).replace(
            ":uid", str(whose.pk)
        )
        body = {"ids": [1], "sessions": [1], "password": PASSWORD}
        return Api(f"/api/{self.dialect}", login.token)(self.method, path, body)


STAFF_ENDPOINTS = [
    Endpoint(dialect, method, path, policies[action].permissions)
    for dialect, urls in {"v3": v3, "v4": v4, "v5": v5}.items()
    for method, path, viewset, action in endpoints(urls.urlpatterns)
    for policies in viewset.policy_tables()
    if policies[action].audience is Audience.STAFF
]


def is_refused(response: Any) -> bool:
    return response.status_code == 403


def test_every_staff_endpoint_requires_a_permission() -> None:
    assert len(STAFF_ENDPOINTS) > 15
    assert all(one.permissions for one in STAFF_ENDPOINTS)
    assert {name for one in STAFF_ENDPOINTS for name in one.permissions} <= {*EVERYTHING}


@pytest.mark.parametrize("endpoint", STAFF_ENDPOINTS, ids=str)
class TestEachEndpoint:
    """Only staff with the permission and superusers are admitted."""

    def test_the_permission_is_sufficient(
        self, newcomer: Any, bob: Any, log_in: LogIn, endpoint: Endpoint
    ) -> None:
        login = log_in(allow(newcomer, *endpoint.permissions))
        assert not is_refused(endpoint.call(login, bob))

    def test_the_permission_is_necessary(
        self, newcomer: Any, bob: Any, log_in: LogIn, endpoint: Endpoint
    ) -> None:
        for missing in endpoint.permissions:
            newcomer.user_permissions.clear()
            allow(newcomer, *(one for one in EVERYTHING if one != missing))
            for flags in (None, int(Scope.ALL)):
                response = endpoint.call(log_in(newcomer, permission_flags=flags), bob)
                assert is_refused(response)
                assert response.json()["code"] == REFUSED["code"]

    def test_users_are_refused_even_with_the_permission(
        self, ann: Any, bob: Any, log_in: LogIn, endpoint: Endpoint
    ) -> None:
        assert is_refused(endpoint.call(log_in(allow(ann, *EVERYTHING)), bob))

    def test_superusers_are_admitted(
        self, root: Any, bob: Any, log_in: LogIn, endpoint: Endpoint
    ) -> None:
        assert not is_refused(endpoint.call(log_in(root), bob))


class TestHelper:
    """A helper may view everything and change nothing, even with the password and all scopes."""

    @pytest.fixture(params=[None, int(Scope.ALL)], ids=["full", "scoped"])
    def hal(self, request: Any, helper: Any, log_in: LogIn) -> Login:
        return log_in(helper, permission_flags=request.param)

    def test_a_helper_may_view_everything(self, hal: Login, me: Login) -> None:
        for path in (f"/users/{me.user.pk}/sessions", f"/users/{me.user.pk}/2fa", "/killswitches"):
            assert hal.api("GET", path).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path"), [("PUT", "/8"), ("DELETE", "/8"), ("PUT", "/0"), ("DELETE", "")]
    )
    def test_a_helper_cannot_flip_switches(self, hal: Login, method: str, path: str) -> None:
        with switched_on(ACCOUNT_MODIFY):
            before = [(state.switch, state.enabled) for state in states()]
            response = hal.api(method, f"/killswitches{path}", {"password": PASSWORD})
            assert (response.status_code, response.json()) == (403, REFUSED)
            assert [(state.switch, state.enabled) for state in states()] == before

    def test_a_helper_cannot_end_sessions(
        self, hal: Login, me: Login, root: Any, log_in: LogIn
    ) -> None:
        for login in (me, log_in(root)):
            whose = f"/users/{login.user.pk}/sessions"
            for path, body in (
                (f"/{login.session.sid}", None),
                ("", {"ids": [login.session.sid]}),
                ("/all", None),
            ):
                response = hal.api("DELETE", whose + path, body)
                assert (response.status_code, response.json()) == (403, REFUSED)
            assert not is_dead(login)

    def test_a_helper_cannot_remove_factors(
        self, hal: Login, ann: Any, root: Any, enrol_app: Any
    ) -> None:
        for user in (ann, root):
            factor = enrol_app(user).factor
            for path in (factor.pk, "all"):
                address = f"/users/{user.pk}/2fa/{path}"
                assert hal.api("DELETE", address, {"password": PASSWORD}).json() == REFUSED
            assert user.secondfactor_set.count() == 1
        assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.FACTORS_REMOVED).exists()


class TestSuperusers:
    """Superusers rank above others, whatever permissions these have."""

    @pytest.fixture(params=[None, int(Scope.ALL)], ids=["full", "scoped"])
    def sam(self, request: Any, staff: Any, log_in: LogIn) -> Login:
        return log_in(staff, permission_flags=request.param)

    @pytest.mark.parametrize("dialect", ["v4", "v5"])
    @pytest.mark.parametrize("path", ["/{sid}", "", "/all", "/77"])
    def test_staff_cannot_end_sessions_of_superusers(
        self, sam: Login, root: Any, log_in: LogIn, dialect: str, path: str
    ) -> None:
        roots = log_in(root)
        sid = roots.session.sid
        address = f"/users/{root.pk}/sessions" + path.format(sid=sid)
        response = Api(f"/api/{dialect}", sam.token)("DELETE", address, {"ids": [sid]})
        assert (response.status_code, response.json()) == (403, REFUSED)
        assert not is_dead(roots)
        assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.SESSIONS_ENDED).exists()

    def test_staff_can_view_sessions_of_superusers(
        self, sam: Login, root: Any, log_in: LogIn
    ) -> None:
        sid = log_in(root).session.sid
        assert sam.api("GET", f"/users/{root.pk}/sessions/{sid}").json()["id"] == sid

    @pytest.mark.parametrize("which", ["{factor}", "all", "999"])
    def test_staff_cannot_remove_factors_of_superusers(
        self, sam: Login, root: Any, enrol_app: Any, which: str
    ) -> None:
        address = f"/users/{root.pk}/2fa/" + which.format(factor=enrol_app(root).factor.pk)
        response = sam.api("DELETE", address, {"password": PASSWORD})
        assert (response.status_code, response.json()) == (403, REFUSED)
        assert root.secondfactor_set.count() == 1

    def test_staff_cannot_act_on_banned_or_demoted_superusers(
        self, sam: Login, root: Any, log_in: LogIn
    ) -> None:
        log_in(root)
        for fields in ({"is_staff": False}, {"is_active": False}):
            type(root).objects.filter(pk=root.pk).update(**fields)
            assert is_refused(sam.api("DELETE", f"/users/{root.pk}/sessions/all"))

    def test_superusers_can_act_on_each_other(
        self, root: Any, make_user: Any, log_in: LogIn, enrol_app: Any
    ) -> None:
        other = make_user("other", is_staff=True, is_superuser=True)
        login = log_in(other)
        enrol_app(other)
        api = log_in(root).api
        removed = api("DELETE", f"/users/{other.pk}/2fa/all", {"password": PASSWORD})
        assert removed.status_code == 200
        assert api("DELETE", f"/users/{other.pk}/sessions/all").json()["count"] == 1
        assert is_dead(login)

    def test_staff_can_act_on_other_staff(self, sam: Login, helper: Any, log_in: LogIn) -> None:
        login = log_in(helper)
        assert sam.api("DELETE", f"/users/{helper.pk}/sessions/all").json()["count"] == 1
        assert is_dead(login)

    def test_staff_can_act_on_themselves(self, sam: Login, log_in: LogIn) -> None:
        login = log_in(sam.user)
        path = f"/users/{sam.user.pk}/sessions/{login.session.sid}"
        assert sam.api("DELETE", path).status_code == 200
        assert is_dead(login)


class TestChangesOfPermissions:
    def test_group_membership_takes_effect_at_once(
        self, newcomer: Any, me: Login, log_in: LogIn
    ) -> None:
        login, path = log_in(newcomer), f"/users/{me.user.pk}/sessions"
        group = Group.objects.create(name="Lookers")
        group.permissions.add(Permission.objects.get(codename="view_usersession"))
        assert login.api("GET", path).status_code == 403
        newcomer.groups.add(group)
        assert login.api("GET", path).status_code == 200
        group.permissions.clear()
        assert login.api("GET", path).status_code == 403

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"is_staff": False}, "INSUFFICIENT_PERMISSIONS_ERROR"),
            ({"is_active": False}, "BANNED_ERROR"),
        ],
    )
    @pytest.mark.parametrize("who", ["staff", "root"])
    def test_losing_staff_status_takes_effect_at_once(
        self,
        request: pytest.FixtureRequest,
        me: Login,
        log_in: LogIn,
        who: str,
        fields: dict[str, bool],
        code: str,
    ) -> None:
        user = request.getfixturevalue(who)
        login = log_in(user)
        path = f"/users/{me.user.pk}/sessions/all"
        type(user).objects.filter(pk=user.pk).update(**fields)
        response = login.api("DELETE", path)
        assert (response.status_code, response.json()["code"]) == (403, code)
        assert not is_dead(me)

    def test_losing_superuser_status_takes_effect_at_once(
        self, root: Any, me: Login, log_in: LogIn
    ) -> None:
        login = log_in(root)
        type(root).objects.filter(pk=root.pk).update(is_superuser=False)
        assert is_refused(login.api("DELETE", f"/users/{me.user.pk}/sessions/all"))
        assert not is_dead(me)


class TestStaffWithoutPermissions:
    def test_pass_kill_switches(self, newcomer: Any, me: Login, log_in: LogIn) -> None:
        with switched_on(GLOBAL):
            assert log_in(newcomer).api("GET", "/users/me/sessions").status_code == 200
            assert me.api("GET", "/users/me/sessions").status_code == 503

    def test_can_create_a_staff_scope_that_opens_nothing(
        self, newcomer: Any, me: Login, log_in: LogIn
    ) -> None:
        asked = {
            "name": "script",
            "permissionFlags": int(Scope.STAFF_MODIFY_SESSIONS | Scope.STAFF_MODIFY_KILLSWITCHES),
            "password": PASSWORD,
        }
        minted = log_in(newcomer).api("POST", "/users/me/sessions", asked)
        assert minted.status_code == 201
        script = Api(token=minted.json()["token"])
        assert script("DELETE", f"/users/{me.user.pk}/sessions/all").json() == REFUSED
        assert script("PUT", "/killswitches/8").json() == REFUSED
        allow(newcomer, "sessions_api.delete_usersession")
        assert script("DELETE", f"/users/{me.user.pk}/sessions/all").status_code == 200

    def test_are_not_told_that_a_second_factor_is_missing(
        self, newcomer: Any, staff: Any, log_in: LogIn, settings: Any
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}
        assert log_in(newcomer).api("GET", "/killswitches").json() == REFUSED
        answer = log_in(staff).api("GET", "/killswitches")
        assert answer.json()["code"] == "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR"
