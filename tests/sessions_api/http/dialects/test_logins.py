"""Logging in, in the three dialects that have a login, and v3's own rules."""

from typing import Any

import jwt
import pytest

from killswitches.registry import ACCOUNT_LOGIN
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from tests.api import CHROME, HOME
from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import DIALECTS, V3, V4, V5, Dialect

pytestmark = pytest.mark.django_db

DAY = 86_400
MONTH = 2_592_000
TEN_YEARS = 315_576_000


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_login_works_in_every_dialect(login_dialect: Dialect, ann: Any) -> None:
    response = login_dialect.log_in(login_dialect.api())
    body = response.json()
    session = UserSession.objects.get(user=ann)
    assert (response.status_code, body.keys()) == (201, {"token", "exp"})
    assert session.dialect == login_dialect.name
    assert claims_of(body["token"])["exp"] == body["exp"] == int(session.expires_at.timestamp())
    for dialect in DIALECTS:
        listed = dialect.api()("GET", dialect.sessions, token=body["token"])
        assert dialect.sids(listed.json()) == [session.sid]


@pytest.mark.parametrize(
    ("dialect", "remember", "lifetime"),
    [
        (V3, None, MONTH),
        (V3, False, MONTH),
        (V3, True, TEN_YEARS),
        (V4, None, DAY),
        (V4, False, DAY),
        (V4, True, TEN_YEARS),
        (V5, None, DAY),
        (V5, True, TEN_YEARS),
    ],
    ids=str,
)
def test_lifetimes(dialect: Dialect, ann: Any, remember: bool | None, lifetime: int) -> None:
    names = dialect.login_fields
    body = {names["username"]: "ann", names["password"]: PASSWORD, "rememberMe": remember}
    answer = dialect.api()("POST", dialect.login_path, body).json()
    assert answer["exp"] - claims_of(answer["token"])["iat"] == lifetime


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("prefix", "dialect"), [("/api", V3), ("/api/v3", V3), ("/api/v4", V4)], ids=str
)
def test_mounts(ann: Any, prefix: str, dialect: Dialect, slash: str) -> None:
    names = dialect.login_fields
    body = {names["username"]: "ann", names["password"]: PASSWORD}
    api = dialect.api()
    api.prefix = prefix
    assert api("POST", dialect.login_path + slash, body).status_code == 201


def test_form_data_is_accepted(login_dialect: Dialect, ann: Any) -> None:
    names = login_dialect.login_fields
    body = f"{names['username']}=ann&{names['password']}={PASSWORD}&rememberMe=true"
    response = login_dialect.api()(
        "POST", login_dialect.login_path, body, content_type="application/x-www-form-urlencoded"
    )
    assert response.json()["exp"] - UserSession.objects.get().sid == TEN_YEARS


@pytest.mark.parametrize(
    ("username", "password", "status", "code"),
    [
        ("nobody", PASSWORD, 404, "INVALID_USER_ERROR"),
        ("x" * 60_000, PASSWORD, 404, "INVALID_USER_ERROR"),
        ("%", PASSWORD, 404, "INVALID_USER_ERROR"),
        ("ann", "guess", 401, "INVALID_PASSWORD_ERROR"),
        ("ann", f" {PASSWORD}", 401, "INVALID_PASSWORD_ERROR"),
        ("carol", "guess", 401, "INVALID_PASSWORD_ERROR"),
        ("carol", PASSWORD, 403, "BANNED_ERROR"),
    ],
)
def test_failures(
    login_dialect: Dialect,
    ann: Any,
    carol: Any,
    username: str,
    password: str,
    status: int,
    code: str,
) -> None:
    response = login_dialect.log_in(login_dialect.api(), username, password)
    assert (response.status_code, response.json()) == (status, login_dialect.error(code))
    assert not UserSession.objects.exists()


@pytest.mark.parametrize("wrong", [None, "", 7, ["ann"], {}, "a\x00", "\ud800"])
def test_missing_and_invalid_fields_are_named_as_in_the_dialect(
    login_dialect: Dialect, ann: Any, wrong: Any
) -> None:
    names = login_dialect.login_fields
    good = {names["username"]: "ann", names["password"]: PASSWORD}
    for bodies, fields in (
        ((None, {}, {"other": 1}), list(names.values())),
        *((({**good, name: wrong},), [name]) for name in names.values()),
        (({**good, "rememberMe": "yes"},), ["rememberMe"]),
    ):
        for body in bodies:
            response = login_dialect.api()("POST", login_dialect.login_path, body)
            assert (response.status_code, response.json()) == (
                400,
                login_dialect.error("MISSING_FIELDS_ERROR", fields=fields),
            )


def test_only_v3_accepts_the_field_names_of_other_dialects(ann: Any) -> None:
    for dialect in (V4, V5):
        body = {"user": "ann", "pass": PASSWORD}
        response = dialect.api()("POST", dialect.login_path, body)
        assert response.json()["fields"] == list(dialect.login_fields.values())


def test_a_login_with_a_valid_session_is_refused(
    login_dialect: Dialect, ann: Any, log_in: Any
) -> None:
    login = log_in(ann)
    response = login_dialect.log_in(login.api)
    assert (response.status_code, response.json()) == (
        401,
        login_dialect.error("INVALID_SESSION_ERROR"),
    )
    login.session.delete()
    assert login_dialect.log_in(login.api).status_code == 201


def test_a_header_names_the_session(login_dialect: Dialect, ann: Any) -> None:
    names = login_dialect.login_fields
    body = {names["username"]: "ann", names["password"]: PASSWORD}
    for header, name in (({"HTTP_X_SESSION_NAME": "Mine"}, "Mine"), ({}, "Chrome v87 on Linux")):
        UserSession.objects.all().delete()
        login_dialect.api()("POST", login_dialect.login_path, body, **header)
        assert UserSession.objects.get().name == name


@pytest.mark.usefixtures("no_password_work")
def test_the_switch_is_checked_before_the_password(login_dialect: Dialect, ann: Any) -> None:
    with switched_on(ACCOUNT_LOGIN):
        response = login_dialect.log_in(login_dialect.api())
    assert (response.status_code, response.json()) == (
        503,
        login_dialect.error("SERVICE_UNAVAILABLE_ERROR", feature=4),
    )


def test_logins_are_audited(login_dialect: Dialect, ann: Any) -> None:
    login_dialect.log_in(login_dialect.api(), password="hunter2")
    login_dialect.log_in(login_dialect.api())
    done, failed = AuditEvent.objects.all()
    assert (failed.kind, failed.actor, failed.subject) == ("login_failed", None, ann)
    assert failed.detail == {"code": "INVALID_PASSWORD_ERROR"}
    assert (done.kind, done.actor, done.subject) == ("login", ann, ann)
    assert done.detail == {"session": UserSession.objects.get().sid}
    assert {(one.address, one.user_agent) for one in (failed, done)} == {(HOME, CHROME)}


def test_unknown_users_can_be_hidden(login_dialect: Dialect, ann: Any, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"HIDE_UNKNOWN_USERS": True}
    for name in ("ann", "nobody", "nobody@example.com"):
        response = login_dialect.log_in(login_dialect.api(), name, "a guess")
        assert (response.status_code, response.json()) == (
            401,
            login_dialect.error("INVALID_PASSWORD_ERROR"),
        )


class TestEmail:
    """In v3, an email address is accepted in place of the username."""

    @pytest.mark.parametrize(
        "name", ["ann", "ANN", " ann ", "ann@example.com", "ANN@Example.Com", " ann@example.com\n"]
    )
    def test_a_username_or_an_email_address_in_any_case(self, ann: Any, name: str) -> None:
        assert V3.log_in(V3.api(), name).status_code == 201

    @pytest.mark.parametrize("name", ["ann@example", "ann@example.com.", "@", "%@example.com"])
    def test_an_unknown_email_address(self, ann: Any, bob: Any, name: str) -> None:
        response = V3.log_in(V3.api(), name)
        assert (response.status_code, response.json()["code"]) == (404, "INVALID_USER_ERROR")

    def test_a_wrong_password(self, ann: Any) -> None:
        response = V3.log_in(V3.api(), "ann@example.com", "guess")
        assert (response.status_code, response.json()["code"]) == (401, "INVALID_PASSWORD_ERROR")

    @pytest.mark.parametrize("dialect", [V4, V5], ids=str)
    def test_other_dialects_accept_only_usernames(self, ann: Any, dialect: Dialect) -> None:
        assert dialect.log_in(dialect.api(), "ann@example.com").status_code == 404

    @pytest.mark.parametrize("field", ["", "no_such_field"])
    def test_models_without_an_email_field(
        self, ann: Any, field: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(type(ann), "EMAIL_FIELD", field)
        assert V3.log_in(V3.api(), "ann@example.com").status_code == 404
        assert V3.log_in(V3.api(), "ann").status_code == 201

    def test_a_username_has_precedence_over_an_email_address(
        self, ann: Any, make_user: Any
    ) -> None:
        namesake = make_user("ann@example.com")
        assert V3.log_in(V3.api(), "ann@example.com").status_code == 201
        assert UserSession.objects.get().user == namesake

    def test_a_user_model_without_email_addresses(
        self, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(type(ann), "EMAIL_FIELD")
        assert V3.log_in(V3.api(), "ann").status_code == 201
        assert V3.log_in(V3.api(), "ann@example.com").status_code == 404
