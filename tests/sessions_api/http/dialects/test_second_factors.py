"""Logins require a second factor of users who have one, and staff may have to have one."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.models import AuditEvent, UserSession
from tests.api import Login
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.spellings import V3, V4, V5, WITH_LOGIN, Dialect
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

LIFETIMES = {"v3": 2_592_000, "v4": 86_400, "v5": 86_400}
TEN_YEARS = 315_576_000


@pytest.fixture
def app(ann: Any, enrol_app: Callable[..., App]) -> App:
    """Ann's authenticator app."""
    return enrol_app(ann)


def answer(
    dialect: Dialect, asked: dict[str, Any], code: str, kind: str = "totp", **body: Any
) -> Any:
    """Answer a challenge with a code, and return the response."""
    step = {"token": asked["token"], "type": kind, "code": code}
    return dialect.api()("POST", dialect.login_path, {"2fa": step, **body})


def test_the_right_password_gets_a_challenge(login_dialect: Dialect, app: App) -> None:
    response = login_dialect.log_in(login_dialect.api())
    body = response.json()
    assert response.status_code == 401
    assert body == login_dialect.error(
        "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR",
        token=body["token"],
        exp=body["exp"],
        types=["totp", "backup"],
    )
    assert not UserSession.objects.exists()


def test_a_wrong_password_gets_no_challenge(login_dialect: Dialect, app: App) -> None:
    response = login_dialect.log_in(login_dialect.api(), password="a guess")
    assert response.json() == login_dialect.error("INVALID_PASSWORD_ERROR")


@pytest.mark.parametrize("asks", WITH_LOGIN, ids=str)
@pytest.mark.parametrize("remember", [False, True])
def test_a_challenge_can_be_answered_in_any_dialect(
    login_dialect: Dialect, asks: Dialect, app: App, remember: bool
) -> None:
    asked = asks.log_in(asks.api()).json()
    response = answer(login_dialect, asked, app.next_code(), rememberMe=remember)
    assert response.status_code == 201
    session = UserSession.objects.get()
    # The lifetime is that of the dialect that completes the login.
    lifetime = TEN_YEARS if remember else LIFETIMES[login_dialect.name]
    assert response.json()["exp"] - session.sid == lifetime
    assert {event.kind for event in AuditEvent.objects.all()} >= {"challenge_passed", "login"}


@pytest.mark.parametrize("second", WITH_LOGIN, ids=str)
def test_challenges_and_codes_can_be_used_once_in_all_dialects(
    login_dialect: Dialect, second: Dialect, app: App
) -> None:
    asked, again = (login_dialect.log_in(login_dialect.api()).json() for _ in range(2))
    code = app.next_code()
    assert answer(login_dialect, asked, code).status_code == 201
    for replayed, typed in ((asked, app.next_code()), (again, code)):
        response = answer(second, replayed, typed)
        assert (response.status_code, response.json()) == (
            401,
            second.error("INVALID_SECOND_FACTOR_RESPONSE_ERROR"),
        )
    assert UserSession.objects.count() == 1


def test_failures(login_dialect: Dialect, app: App, bobs: Login) -> None:
    asked = login_dialect.log_in(login_dialect.api()).json()
    for response, status, code in (
        (answer(login_dialect, asked, app.wrong_code()), 401, "RESPONSE"),
        (answer(login_dialect, {"token": bobs.token}, app.code()), 401, "RESPONSE"),
        (answer(login_dialect, {"token": "x"}, app.code()), 401, "RESPONSE"),
        (answer(login_dialect, {"token": 1}, app.code()), 400, "RESPONSE"),
        (answer(login_dialect, asked, app.code(), kind="sms"), 400, "METHOD"),
    ):
        assert (response.status_code, response.json()) == (
            status,
            login_dialect.error(f"INVALID_SECOND_FACTOR_{code}_ERROR"),
        )
    nonsense: list[Any] = [None, "", [], {}, 7]
    for garbled in nonsense:
        body = {"2fa": garbled, "rememberMe": True}
        response = login_dialect.api()("POST", login_dialect.login_path, body)
        assert response.json() == login_dialect.error("INVALID_SECOND_FACTOR_RESPONSE_ERROR")
        assert response.status_code == 400


def test_a_forged_answer_does_not_replace_the_password(login_dialect: Dialect, ann: Any) -> None:
    names = login_dialect.login_fields
    body = {names["username"]: "ann", names["password"]: PASSWORD, "2fa": {"type": "totp"}}
    response = login_dialect.api()("POST", login_dialect.login_path, body)
    assert response.status_code == 400
    assert not UserSession.objects.exists()


def test_a_ban_between_the_steps(login_dialect: Dialect, ann: Any, app: App) -> None:
    asked = login_dialect.log_in(login_dialect.api()).json()
    ann.is_active = False
    ann.save()
    response = answer(login_dialect, asked, app.next_code())
    assert (response.status_code, response.json()) == (403, login_dialect.error("BANNED_ERROR"))


@pytest.mark.ratelimited
def test_a_challenge_counts_except_in_v5(
    login_dialect: Dialect, app: App, limits_clock: Clock
) -> None:
    answers = [login_dialect.log_in(login_dialect.api()).status_code for _ in range(5)]
    assert answers == ([401] * 5 if login_dialect is V5 else [401, 401, 401, 429, 429])


@pytest.mark.ratelimited
def test_wrong_codes_are_throttled_in_all_dialects_together(app: App, limits_clock: Clock) -> None:
    asked = V5.log_in(V5.api()).json()

    def type_from(n: int, code: str) -> Any:
        dialect = WITH_LOGIN[n % 3]
        step = {"2fa": {"token": asked["token"], "type": "totp", "code": code}}
        api = dialect.api()
        api.address = f"203.0.113.{n}"
        return api("POST", dialect.login_path, step)

    answers = [type_from(n, app.wrong_code()) for n in range(6)]
    assert [one.status_code for one in answers] == [401] * 5 + [429]
    assert type_from(6, app.next_code()).status_code == 429


class TestStaff:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}

    @pytest.mark.parametrize(
        ("dialect", "method", "path"),
        [
            (V3, "GET", "/user/{}/sessions"),
            (V3, "GET", "/user/{}/session/1"),
            (V4, "GET", "/users/{}/sessions"),
            (V4, "GET", "/users/{}/sessions/1"),
            (V4, "DELETE", "/users/{}/sessions"),
            (V4, "DELETE", "/users/{}/sessions/1"),
            (V4, "DELETE", "/users/{}/sessions/all"),
            (V5, "GET", "/users/{}/sessions"),
        ],
        ids=str,
    )
    def test_staff_endpoints_require_one(
        self,
        dialect: Dialect,
        method: str,
        path: str,
        ann: Any,
        boss: Login,
        enrol_app: Callable[..., App],
    ) -> None:
        api = dialect.api(boss)
        response = api(method, path.format(ann.pk), {"ids": []})
        assert (response.status_code, response.json()) == (
            401,
            dialect.error("ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR"),
        )
        enrol_app(boss.user)
        assert api(method, path.format(ann.pk), {"ids": []}).status_code in (200, 404)

    def test_own_endpoints_do_not(self, dialect: Dialect, boss: Login) -> None:
        assert dialect.api(boss)("GET", dialect.sessions).status_code == 200

    def test_the_callers_own_id_in_v4_does_not(self, boss: Login) -> None:
        assert V4.api(boss)("GET", f"/users/{boss.user.pk}/sessions").status_code == 200
