"""Removing factors: own factors, and any user's as staff."""

from collections.abc import Callable
from typing import Any

import pytest

from killswitches.registry import ACCOUNT_MODIFY
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.second_factors.privileges import REMOVE_SECOND_FACTORS
from sessions_api.second_factors.services.enrolment import remove_factors
from sessions_api.services.audit import Actor
from tests.api import Api, Login, is_dead
from tests.audit_outage import no_room_for_events
from tests.cast import PASSWORD, allow
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import FACTORS, by_code
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}
REMOVED = {
    "code": "DELETE_SECOND_FACTOR_SUCCESS",
    "message": "Second Factor Successfully Deleted",
}
INVALID = {"code": "INVALID_SECOND_FACTOR_ERROR", "message": "Invalid Second Factor"}


def removed(count: int) -> dict[str, Any]:
    return {
        "code": "DELETE_SECOND_FACTORS_SUCCESS",
        "message": "Second Factors Successfully Deleted",
        "count": count,
    }


@pytest.fixture(params=["own", "staff"])
def remove(
    request: pytest.FixtureRequest, me: Login, boss: Login, anns_app: App
) -> Callable[[str], Any]:
    """Return a function that removes factors of Ann, as Ann or as staff, with reverification."""

    def by_ann(path: str) -> Any:
        asked = me.api("DELETE", f"{FACTORS}/{path}", REVERIFIED).json()
        return me.api("DELETE", f"{FACTORS}/{path}", by_code(asked, anns_app.next_code()))

    def by_staff(path: str) -> Any:
        return boss.api("DELETE", f"/users/{me.user.pk}/2fa/{path}", REVERIFIED)

    return by_ann if request.param == "own" else by_staff


def test_removing_one_keeps_the_others(remove: Any, anns_app: App, anns_key: Authenticator) -> None:
    key = SecondFactor.objects.get(type="webauthn")
    response = remove(f"{key.pk}")
    assert (response.status_code, response.json()) == (200, REMOVED)
    assert SecondFactor.objects.get() == anns_app.factor
    assert BackupCode.objects.count() == 10
    response = remove(f"{key.pk}")
    assert (response.status_code, response.json()) == (404, INVALID)


def test_the_last_one_is_removed_with_the_backup_codes(remove: Any, anns_app: App) -> None:
    assert anns_app.factor
    assert remove(f"{anns_app.factor.pk}").json() == REMOVED
    assert not SecondFactor.objects.exists()
    assert not BackupCode.objects.exists()
    # Logins then require no second step.
    response = Api()("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert response.status_code == 201


def test_removing_all_removes_the_codes(
    remove: Any, anns_key: Authenticator, bob: Any, enrol_app: Any
) -> None:
    bobs_app = enrol_app(bob)
    response = remove("all")
    assert (response.status_code, response.json()) == (200, removed(2))
    assert SecondFactor.objects.get() == bobs_app.factor
    assert set(BackupCode.objects.values_list("user", flat=True)) == {bob.pk}


def test_removing_all_of_none(me: Login, boss: Login) -> None:
    assert me.api("DELETE", f"{FACTORS}/all", REVERIFIED).json() == removed(0)
    path = f"/users/{me.user.pk}/2fa/all"
    assert boss.api("DELETE", path, REVERIFIED).json() == removed(0)


@pytest.mark.parametrize("unknown", ["0", "%20", "x", "9" * 18, "9" * 5000])
def test_unknown_ids(remove: Any, unknown: str) -> None:
    response = remove(unknown)
    assert (response.status_code, response.json()) == (404, INVALID)
    assert SecondFactor.objects.count() == 1


def test_another_users_factor(remove: Any, bob: Any, enrol_app: Any) -> None:
    factor = enrol_app(bob).factor
    assert remove(f"{factor.pk}").json() == INVALID
    assert SecondFactor.objects.filter(pk=factor.pk).exists()


def test_the_service_ignores_factors_of_other_users(
    ann: Any, anns_app: App, bob: Any, enrol_app: Any
) -> None:
    bobs_app = enrol_app(bob)
    everybodys = SecondFactor.objects.all()
    assert anns_app.factor
    assert remove_factors(ann, everybodys, actor=Actor(name="the test")) == [anns_app.factor.pk]
    assert SecondFactor.objects.get() == bobs_app.factor
    assert remove_factors(ann, everybodys, actor=Actor(name="the test")) == []


def test_unknown_users(boss: Login) -> None:
    for path in ("/users/1/2fa/all", "/users/x/2fa/1"):
        response = boss.api("DELETE", path, REVERIFIED)
        assert (response.status_code, response.json()["code"]) == (404, "INVALID_USER_ERROR")


@pytest.mark.parametrize(
    ("query", "ends"),
    [("", False), ("?end-other-sessions=false", False), ("?end-other-sessions=true", True)],
)
@pytest.mark.parametrize("path", ["{factor}", "all"])
def test_other_sessions_are_ended_on_request(
    remove: Any,
    me: Login,
    other: Login,
    boss: Login,
    anns_app: App,
    path: str,
    query: str,
    ends: bool,
) -> None:
    assert anns_app.factor
    by_ann = remove.__name__ == "by_ann"
    path = path.format(factor=anns_app.factor.pk)
    assert remove(path + query).status_code == 200
    # For staff, no session of Ann is the current one.
    assert (is_dead(me), is_dead(other)) == (ends and not by_ann, ends)
    assert not is_dead(boss)


def test_no_sessions_are_ended_if_nothing_was_removed(remove: Any, me: Login, other: Login) -> None:
    assert remove("999?end-other-sessions=true").status_code == 404
    assert not is_dead(me)
    assert not is_dead(other)


def test_nothing_is_removed_if_they_cannot_be_ended(remove: Any, other: Login) -> None:
    with no_room_for_events(AuditEvent.Kind.SESSIONS_ENDED):
        assert remove("all?end-other-sessions=true").status_code == 500
    assert SecondFactor.objects.count() == 1
    assert BackupCode.objects.count() >= 9
    assert UserSession.objects.owned_by(other.user).count() == 2


CHANGES = [
    ("POST", "/totp"),
    ("POST", "/totp/confirm"),
    ("POST", "/webauthn"),
    ("POST", "/webauthn/confirm"),
    ("POST", "/backup"),
    ("DELETE", "/1"),
    ("DELETE", "/all"),
]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_the_kill_switch(me: Login, anns_app: App, method: str, path: str) -> None:
    with switched_on(ACCOUNT_MODIFY):
        response = me.api(method, FACTORS + path, REVERIFIED)
        assert (response.status_code, response.json()["feature"]) == (503, ACCOUNT_MODIFY.number)
        assert me.api("GET", FACTORS).status_code == 200
    assert SecondFactor.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "", {"GET", "HEAD", "DELETE"}),
        ("GET", "/totp", {"POST"}),
        ("DELETE", "/totp", {"POST"}),
        ("GET", "/totp/confirm", {"POST"}),
        ("GET", "/backup", {"POST"}),
        ("GET", "/all", {"DELETE"}),
        ("PUT", "/1", {"GET", "HEAD", "DELETE"}),
    ],
)
def test_other_methods(me: Login, method: str, path: str, allowed: set[str]) -> None:
    response = me.api(method, FACTORS + path, REVERIFIED)
    assert (response.status_code, response.json()["code"]) == (405, "INVALID_ENDPOINT_ERROR")
    assert set(response["Allow"].split(", ")) - {"OPTIONS"} == allowed


class TestSome:
    """``DELETE …/2fa`` with ``ids``."""

    @pytest.fixture(params=["own", "staff"])
    def remove(
        self, request: pytest.FixtureRequest, me: Login, boss: Login, anns_app: App
    ) -> Callable[..., Any]:
        def by_ann(body: Any, **options: Any) -> Any:
            asked = me.api("DELETE", FACTORS, body | REVERIFIED).json()
            if "token" not in asked:
                return me.api("DELETE", FACTORS, body | REVERIFIED)
            return me.api("DELETE", FACTORS, body | by_code(asked, anns_app.next_code()))

        def by_staff(body: Any) -> Any:
            return boss.api("DELETE", f"/users/{me.user.pk}/2fa", body | REVERIFIED)

        return by_ann if request.param == "own" else by_staff

    def test_only_the_named_factors_are_removed(
        self, remove: Any, anns_app: App, anns_key: Authenticator, bob: Any, enrol_app: Any
    ) -> None:
        bobs_app = enrol_app(bob)
        key = SecondFactor.objects.get(type="webauthn")
        ids = [str(key.pk), key.pk, bobs_app.factor.pk, "me", 0, -1, "x", 10**30]
        response = remove({"ids": ids})
        assert (response.status_code, response.json()) == (200, removed(1))
        assert set(SecondFactor.objects.all()) == {anns_app.factor, bobs_app.factor}

    def test_the_last_ones_are_removed_with_the_backup_codes(
        self, remove: Any, anns_app: App, anns_key: Authenticator
    ) -> None:
        ids = list(SecondFactor.objects.values_list("pk", flat=True))
        assert remove({"ids": ids}).json() == removed(2)
        assert not BackupCode.objects.exists()

    def test_removing_none_changes_nothing(self, remove: Any) -> None:
        assert remove({"ids": []}).json() == removed(0)
        assert SecondFactor.objects.count() == 1

    @pytest.mark.parametrize("body", [{}, {"ids": None}, {"ids": "1"}, {"ids": [True]}])
    def test_an_invalid_list_does_not_use_up_the_answer(self, remove: Any, body: Any) -> None:
        response = remove(body)
        assert (response.status_code, response.json()["code"]) == (400, "MISSING_FIELDS_ERROR")
        assert response.json()["fields"] == ["ids"]
        assert SecondFactor.objects.count() == 1

    def test_at_most_fifty(self, remove: Any) -> None:
        response = remove({"ids": [1] * 51})
        assert (response.status_code, response.json()["code"]) == (400, "BODY_TOO_LARGE_ERROR")

    def test_the_password_is_required(self, me: Login, boss: Login, anns_app: App) -> None:
        assert anns_app.factor
        body = {"ids": [anns_app.factor.pk]}
        for api, path in ((me.api, FACTORS), (boss.api, f"/users/{me.user.pk}/2fa")):
            answer = api("DELETE", path, body)
            assert (answer.status_code, answer.json()["fields"]) == (400, ["password"])
            assert api("DELETE", path, body | {"password": "a guess"}).status_code == 401
        assert SecondFactor.objects.count() == 1

    def test_others_are_refused(self, me: Login, bobs: Login, anns_app: App) -> None:
        assert anns_app.factor
        body = {"ids": [anns_app.factor.pk]} | REVERIFIED
        assert bobs.api("DELETE", f"/users/{me.user.pk}/2fa", body).status_code == 403
        assert bobs.api("DELETE", FACTORS, body).json() == removed(0)
        assert SecondFactor.objects.count() == 1

    def test_a_switch_closes_the_own_endpoint(self, me: Login, boss: Login) -> None:
        with switched_on(ACCOUNT_MODIFY):
            assert me.api("DELETE", FACTORS, {"ids": []} | REVERIFIED).status_code == 503
            path = f"/users/{me.user.pk}/2fa"
            assert boss.api("DELETE", path, {"ids": []} | REVERIFIED).json() == removed(0)

    def test_other_sessions_end_on_request(
        self, me: Login, other: Login, boss: Login, anns_app: App
    ) -> None:
        assert anns_app.factor
        path = f"/users/{me.user.pk}/2fa?end-other-sessions=true"
        body = {"ids": [anns_app.factor.pk]} | REVERIFIED
        assert boss.api("DELETE", path, body).json() == removed(1)
        assert is_dead(me)
        assert is_dead(other)


class TestEndingSessionsOfOthers:
    """It requires the same as the staff endpoints that end sessions, or nothing is removed."""

    @pytest.mark.parametrize("path", ["all", "{factor}", ""])
    def test_without_the_permission(
        self, me: Login, newcomer: Any, log_in: Any, anns_app: App, path: str
    ) -> None:
        assert anns_app.factor
        staff = log_in(allow(newcomer, REMOVE_SECOND_FACTORS))
        path = f"/users/{me.user.pk}/2fa/{path.format(factor=anns_app.factor.pk)}".rstrip("/")
        body = {"ids": [anns_app.factor.pk]} | REVERIFIED
        assert staff.api("DELETE", f"{path}?end-other-sessions=1", body).status_code == 403
        assert not is_dead(me)
        assert staff.api("DELETE", path, body).status_code == 200

    @pytest.mark.parametrize(
        ("flags", "status"),
        [
            (Scope.STAFF_MODIFY_SECOND_FACTORS, 403),
            (Scope.STAFF_MODIFY_SECOND_FACTORS | Scope.STAFF_MODIFY_SESSIONS, 200),
            (Scope.ALL, 200),
        ],
    )
    def test_by_a_scoped_session(
        self, me: Login, staff: Any, log_in: Any, anns_app: App, flags: int, status: int
    ) -> None:
        scoped = log_in(staff, permission_flags=int(flags))
        path = f"/users/{me.user.pk}/2fa/all?end-other-sessions=1"
        assert scoped.api("DELETE", path, {}).status_code == status
        assert is_dead(me) == (status == 200)
        assert SecondFactor.objects.exists() == (status == 403)
