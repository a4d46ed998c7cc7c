"""Viewing factors: own factors, and any user's as staff."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sessions_api.scopes import ALL_SCOPES, Scope
from sessions_api.second_factors.models import SecondFactor
from tests.api import Api, Login
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import FACTORS, by_code, challenge
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

INVALID = {"code": "INVALID_SECOND_FACTOR_ERROR", "message": "Invalid Second Factor"}


@pytest.fixture(params=["own", "staff"])
def seen(request: pytest.FixtureRequest, me: Login, boss: Login) -> tuple[Api, str]:
    """A client, and the path of Ann's factors: as Ann, and as staff."""
    if request.param == "own":
        return me.api, FACTORS
    return boss.api, f"/users/{me.user.pk}/2fa"


def wire(moment: datetime | None) -> str:
    assert moment
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_the_list(
    seen: tuple[Api, str], anns_app: App, anns_key: Authenticator, bob: Any, enrol_app: Any
) -> None:
    enrol_app(bob)
    api, path = seen
    key = SecondFactor.objects.get(type="webauthn")
    assert anns_app.factor
    first, second = {"id": key.pk, "name": "My key"}, {"id": anns_app.factor.pk, "name": "My phone"}
    assert api("GET", path).json() == {"count": 2, "items": [first, second]}
    assert api("GET", f"{path}?limit=1").json() == {"count": 2, "items": [first]}
    assert api("GET", f"{path}?limit=1&offset=1").json() == {"count": 2, "items": [second]}
    assert api("GET", f"{path}?limit=0").json() == {"count": 2, "items": []}


def test_an_empty_list(seen: tuple[Api, str]) -> None:
    api, path = seen
    assert api("GET", path).json() == {"count": 0, "items": []}


def test_one_factor_is_shown(seen: tuple[Api, str], anns_app: App) -> None:
    api, path = seen
    factor = SecondFactor.objects.get()
    expected = {
        "id": factor.pk,
        "name": "My phone",
        "type": "totp",
        "createdAt": wire(factor.created_at),
        "updatedAt": wire(factor.created_at),
        "usedAt": None,
    }
    assert api("GET", f"{path}/{factor.pk}").json() == expected
    stranger = Api()
    stranger("POST", "/login", by_code(challenge(stranger), anns_app.next_code()))
    used = wire(SecondFactor.objects.get().last_used_at)
    expected |= {"updatedAt": used, "usedAt": used}
    assert api("GET", f"{path}/{factor.pk}").json() == expected


@pytest.mark.parametrize(
    "unknown", ["0", "-1", "1.0", "%20", "%00", "x", "9" * 18, "9" * 5000, "\u0663"]
)
def test_unknown_ids(seen: tuple[Api, str], anns_app: App, unknown: str) -> None:
    api, path = seen
    response = api("GET", f"{path}/{unknown}")
    assert (response.status_code, response.json()) == (404, INVALID)


def test_factors_of_other_users_are_not_visible(
    seen: tuple[Api, str], bob: Any, enrol_app: Callable[..., App]
) -> None:
    api, path = seen
    factor = enrol_app(bob).factor
    assert factor
    assert api("GET", f"{path}/{factor.pk}").json() == INVALID
    assert api("GET", path).json()["count"] == 0


@pytest.mark.parametrize("path", ["/users/{ann}/2fa", "/users/{ann}/2fa/1", "/users/{bob}/2fa"])
def test_paths_for_staff(me: Login, bobs: Login, anns_app: App, path: str) -> None:
    response = me.api("GET", path.format(ann=me.user.pk, bob=bobs.user.pk))
    assert (response.status_code, response.json()["code"]) == (
        403,
        "INSUFFICIENT_PERMISSIONS_ERROR",
    )


@pytest.mark.parametrize("uid", ["1", "x", "me%00", "9" * 40])
def test_unknown_users(boss: Login, uid: str) -> None:
    for path in (f"/users/{uid}/2fa", f"/users/{uid}/2fa/1"):
        response = boss.api("GET", path)
        assert (response.status_code, response.json()["code"]) == (404, "INVALID_USER_ERROR")


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_anonymous_callers(api: Api, anns_app: App, method: str) -> None:
    for path in (FACTORS, f"{FACTORS}/1", f"{FACTORS}/all", f"{FACTORS}/totp", "/users/1/2fa"):
        assert api(method, path).status_code in {401, 405}
    assert SecondFactor.objects.count() == 1


class TestScopedSessions:
    READING = [("GET", FACTORS), ("GET", f"{FACTORS}/{{factor}}")]
    CHANGING = [
        ("POST", f"{FACTORS}/totp"),
        ("POST", f"{FACTORS}/totp/confirm"),
        ("POST", f"{FACTORS}/webauthn"),
        ("POST", f"{FACTORS}/webauthn/confirm"),
        ("POST", f"{FACTORS}/backup"),
        ("DELETE", f"{FACTORS}/{{factor}}"),
        ("DELETE", f"{FACTORS}/all"),
    ]
    OF_STAFF = [
        ("GET", "/users/{ann}/2fa", Scope.STAFF_READ_SECOND_FACTORS),
        ("GET", "/users/{ann}/2fa/{factor}", Scope.STAFF_READ_SECOND_FACTORS),
        ("DELETE", "/users/{ann}/2fa/{factor}", Scope.STAFF_MODIFY_SECOND_FACTORS),
        ("DELETE", "/users/{ann}/2fa/all", Scope.STAFF_MODIFY_SECOND_FACTORS),
    ]

    @pytest.mark.parametrize("scope", list(Scope))
    def test_reading_requires_its_scope(
        self, ann: Any, anns_app: App, log_in: Callable[..., Login], scope: Scope
    ) -> None:
        assert anns_app.factor
        scoped = log_in(ann, permission_flags=scope)
        status = 200 if scope in (Scope.ALL, Scope.SECOND_FACTOR_READ) else 403
        for method, path in self.READING:
            response = scoped.api(method, path.format(factor=anns_app.factor.pk))
            assert response.status_code == status

    @pytest.mark.parametrize(("method", "path"), CHANGING)
    def test_they_can_never_change_own_factors(
        self, staff: Any, enrol_app: Any, log_in: Callable[..., Login], method: str, path: str
    ) -> None:
        factor = enrol_app(staff).factor
        for flags in (Scope.ALL, ALL_SCOPES):
            scoped = log_in(staff, permission_flags=flags)
            assert scoped.api(method, path.format(factor=factor.pk)).status_code == 403
        assert SecondFactor.objects.count() == 1

    def test_they_cannot_change_own_factors_by_staff_paths(
        self, staff: Any, enrol_app: Any, log_in: Callable[..., Login]
    ) -> None:
        factor = enrol_app(staff).factor
        scoped = log_in(staff, permission_flags=Scope.STAFF_MODIFY_SECOND_FACTORS)
        for path in (f"/users/{staff.pk}/2fa/{factor.pk}", f"/users/{staff.pk}/2fa/all"):
            response = scoped.api("DELETE", path)
            assert (response.status_code, response.json()["code"]) == (
                403,
                "INSUFFICIENT_PERMISSIONS_ERROR",
            )
        assert SecondFactor.objects.count() == 1

    @pytest.mark.parametrize(("method", "path", "needed"), OF_STAFF)
    def test_staff_paths_require_their_scopes(
        self,
        ann: Any,
        staff: Any,
        anns_app: App,
        log_in: Callable[..., Login],
        method: str,
        path: str,
        needed: Scope,
    ) -> None:
        assert anns_app.factor
        path = path.format(ann=ann.pk, factor=anns_app.factor.pk)
        for scope in Scope:
            if scope not in (needed, Scope.ALL):
                scoped = log_in(staff, permission_flags=scope)
                assert scoped.api(method, path).status_code == 403
            former = log_in(ann, permission_flags=scope)
            assert former.api(method, path).status_code == 403
        assert log_in(staff, permission_flags=needed).api(method, path).status_code == 200
