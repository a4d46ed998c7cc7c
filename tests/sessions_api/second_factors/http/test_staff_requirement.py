"""STAFF_REQUIRES_SECOND_FACTOR closes every staff endpoint to staff without a second factor."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.scopes import ALL_SCOPES
from tests.api import OWN_SESSIONS, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.challenges import FACTORS

pytestmark = pytest.mark.django_db

REQUIRED = {
    "code": "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR",
    "message": "Endpoint Requires Second Factor",
}
ENDPOINTS = [
    ("GET", "/users/{ann}/sessions"),
    ("DELETE", "/users/{ann}/sessions"),
    ("DELETE", "/users/{ann}/sessions/all"),
    ("GET", "/users/{ann}/sessions/1"),
    ("DELETE", "/users/{ann}/sessions/1"),
    ("GET", "/killswitches"),
    ("DELETE", "/killswitches"),
    ("PUT", "/killswitches/5"),
    ("DELETE", "/killswitches/5"),
    ("GET", "/users/{ann}/2fa"),
    ("GET", "/users/{ann}/2fa/1"),
    ("DELETE", "/users/{ann}/2fa/1"),
    ("DELETE", "/users/{ann}/2fa/all"),
]
endpoints = pytest.mark.parametrize(("method", "path"), ENDPOINTS)


@pytest.fixture
def required(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}


@endpoints
@pytest.mark.usefixtures("required")
def test_staff_without_a_factor(boss: Login, me: Login, method: str, path: str) -> None:
    response = boss.api(method, path.format(ann=me.user.pk), {"password": PASSWORD})
    assert (response.status_code, response.json()) == (401, REQUIRED)
    assert response["WWW-Authenticate"] == "Bearer"


@endpoints
@pytest.mark.usefixtures("required")
def test_staff_with_one(
    boss: Login, me: Login, enrol_app: Callable[..., Any], method: str, path: str
) -> None:
    enrol_app(boss.user)
    response = boss.api(method, path.format(ann=me.user.pk), {"ids": []})
    # The reverification or the endpoint itself responds.
    assert response.status_code in {200, 400, 404}


@endpoints
def test_without_the_setting_none_is_required(
    boss: Login, me: Login, method: str, path: str
) -> None:
    response = boss.api(method, path.format(ann=me.user.pk), {"ids": []})
    assert response.status_code in {200, 400, 404}


@endpoints
@pytest.mark.usefixtures("required")
def test_others_get_the_usual_error(
    me: Login, enrol_app: Callable[..., Any], method: str, path: str
) -> None:
    enrol_app(me.user)
    response = me.api(method, path.format(ann=me.user.pk))
    assert (response.status_code, response.json()["code"]) == (
        403,
        "INSUFFICIENT_PERMISSIONS_ERROR",
    )


@pytest.mark.usefixtures("required")
def test_a_scoped_session_of_staff_does_not_bypass_it(
    staff: Any, log_in: Callable[..., Login], enrol_app: Callable[..., Any]
) -> None:
    scoped = log_in(staff, permission_flags=ALL_SCOPES)
    assert scoped.api("GET", "/killswitches").json() == REQUIRED
    enrol_app(staff)
    assert scoped.api("GET", "/killswitches").status_code == 200


@pytest.mark.usefixtures("required")
def test_own_endpoints_stay_open_for_enrolment(boss: Login) -> None:
    assert boss.api("GET", OWN_SESSIONS).status_code == 200
    assert boss.api("GET", FACTORS).status_code == 200
    assert boss.api("POST", f"{FACTORS}/totp", {"password": PASSWORD}).status_code == 200
