"""Rules for every endpoint: credentials, bans, bodies, unknown paths, methods and failures."""

from typing import Any

import pytest

from killswitches.registry import ACCOUNT_MODIFY, GLOBAL
from killswitches.testing import switched_on
from sessions_api import __version__
from sessions_api.models import UserSession
from tests.api import Api, Login

pytestmark = pytest.mark.django_db

ENDPOINTS = [
    ("POST", "/login"),
    ("GET", "/users/me/sessions"),
    ("DELETE", "/users/me/sessions"),
    ("GET", "/users/me/sessions/me"),
    ("DELETE", "/users/me/sessions/me"),
    ("DELETE", "/users/me/sessions/all"),
    ("GET", "/users/1/sessions"),
    ("DELETE", "/users/1/sessions"),
    ("GET", "/users/1/sessions/1"),
    ("DELETE", "/users/1/sessions/1"),
    ("DELETE", "/users/1/sessions/all"),
    ("GET", "/killswitches"),
    ("DELETE", "/killswitches"),
    ("PUT", "/killswitches/1"),
    ("DELETE", "/killswitches/1"),
    ("GET", "/users/me"),
    ("GET", "/users"),
    ("GET", "/users/1"),
    ("PUT", "/users/1/ban"),
    ("DELETE", "/users/1/ban"),
    ("GET", "/incidents"),
    ("POST", "/incidents"),
    ("GET", "/incidents/1"),
    ("PATCH", "/incidents/1"),
    ("PUT", "/incidents/1/closed"),
    ("DELETE", "/incidents/1/closed"),
    ("PUT", "/incidents/1/participation"),
    ("DELETE", "/incidents/1/participation"),
    ("POST", "/incidents/1/notes"),
    ("GET", "/incidents/1/timeline"),
    ("GET", "/incidents/1/preview"),
    ("POST", "/incidents/1/sign-outs"),
    ("GET", "/incidents/1/sign-outs/1"),
    ("DELETE", "/incidents/1/sign-outs/1"),
    ("PUT", "/incidents/1/sign-outs/1/approval"),
    ("DELETE", "/incidents/1/sign-outs/1/approval"),
    ("PUT", "/incidents/1/sign-outs/1/run"),
    ("POST", "/incidents/1/mails"),
    ("GET", "/incidents/1/mails/1"),
    ("DELETE", "/incidents/1/mails/1"),
]
PROTECTED = ENDPOINTS[1:]

NO_ENDPOINT = {"code": "INVALID_ENDPOINT_ERROR", "message": "Invalid Endpoint"}
NO_SESSION = {"code": "INVALID_SESSION_ERROR", "message": "Invalid Session"}
BANNED = {"code": "BANNED_ERROR", "message": "Banned"}
BAD_BODY = {"code": "INVALID_BODY_ERROR", "message": "Invalid Body"}


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_without_credentials(api: Api, method: str, path: str) -> None:
    response = api(method, path)
    assert (response.status_code, response.json()) == (401, NO_SESSION)
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_a_ban_closes_every_endpoint_to_tokens_issued_before_it(
    staff: Any, log_in: Any, method: str, path: str
) -> None:
    login = log_in(staff)
    staff.is_active = False
    staff.save()
    response = login.api(method, path)
    assert (response.status_code, response.json()) == (403, BANNED)
    assert UserSession.objects.get().used_at is None


@pytest.mark.parametrize("prefix", ["/api", "/api/v5"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_prefix_with_and_without_a_slash(me: Login, prefix: str, slash: str) -> None:
    me.api.prefix = prefix
    response = me.api("GET", f"/users/me/sessions/me{slash}")
    assert (response.status_code, response.json()["id"]) == (200, me.session.sid)
    response = me.api("DELETE", f"/users/me/sessions{slash}", {"ids": ["me"]})
    assert response.json()["count"] == 1


@pytest.mark.parametrize("header", ["{}", "Bearer {}", "bearer {}", "BEARER   {} ", "  {}  "])
def test_spellings_of_the_credentials(me: Login, header: str) -> None:
    response = me.api("GET", "/users/me/sessions/me", token=header.format(me.token))
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/users//ban",
        "/users/me/email",
        "/login/x",
        "/users/me/sessions/1/2",
        "/users/me/sessions//",
        "/login%00",
        "/%F0%28%8C%28",
        "//login",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_unknown_paths(me: Login, path: str, method: str) -> None:
    for prefix in ("/api", "/api/v5"):
        me.api.prefix = prefix
        response = me.api(method, path)
        assert (response.status_code, response.json()) == (404, NO_ENDPOINT)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/login", "POST"),
        ("OPTIONS", "/login", "POST"),
        ("PATCH", "/users/me/sessions", "GET, POST, DELETE, HEAD"),
        ("GET", "/users/me/sessions/all", "DELETE"),
        ("POST", "/users/1/sessions/1", "GET, DELETE, HEAD"),
        ("GET", "/killswitches/1", "PUT, DELETE"),
        ("DELETE", "/users", "GET, HEAD"),
        ("PUT", "/users/me", "GET, HEAD"),
        ("POST", "/users/1/ban", "PUT, DELETE"),
        ("BREW", "/killswitches", "GET, DELETE, HEAD"),
    ],
)
def test_wrong_methods(api: Api, method: str, path: str, allowed: str) -> None:
    response = api(method, path)
    assert (response.status_code, response.json()) == (405, NO_ENDPOINT)
    assert set(response["Allow"].split(", ")) == set(allowed.split(", "))


def test_head(me: Login) -> None:
    response = me.api("HEAD", "/users/me/sessions/me")
    assert (response.status_code, response.content) == (200, b"")
    assert "Allow" not in response


@pytest.mark.parametrize(
    "method",
    [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "FOO",
        "foo",
        "CONNECT",
        "DISPATCH",
    ],
)
@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_hello(api: Api, method: str, path: str) -> None:
    api.prefix = ""
    response = api(method, path, token="a dead token does not matter")
    assert (response.status_code, response.json()) == (
        200,
        {"hello": "world", "version": __version__},
    )


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", ""])
def test_responses_are_json_whatever_is_accepted(me: Login, accept: str) -> None:
    response = me.api("GET", "/users/me/sessions?format=html", HTTP_ACCEPT=accept)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


class TestSwitches:
    def test_global_closes_everything_and_is_reported_first(self, api: Api, me: Login) -> None:
        with switched_on(GLOBAL, ACCOUNT_MODIFY):
            for method, path in ENDPOINTS:
                response = (api if path == "/login" else me.api)(method, path)
                assert (response.status_code, response.json()) == (
                    503,
                    {
                        "code": "SERVICE_UNAVAILABLE_ERROR",
                        "message": "Service Unavailable",
                        "feature": 8,
                    },
                )
            api.prefix = "/api"
            assert api("GET", "/").status_code == 503

    def test_a_switch_closes_only_its_endpoints(self, me: Login) -> None:
        closed = {
            (method, path) for method, path in PROTECTED if "/me/" in path and method == "DELETE"
        }
        with switched_on(ACCOUNT_MODIFY):
            for method, path in PROTECTED:
                response = me.api(method, path, {"ids": []})
                assert (response.status_code == 503) is ((method, path) in closed)
                if response.status_code == 503:
                    assert response.json()["feature"] == 1

    def test_staff_pass(self, staff: Any, log_in: Any) -> None:
        with switched_on(GLOBAL):
            assert log_in(staff).api("GET", "/users/me/sessions").status_code == 200

    def test_a_switch_is_checked_before_credentials(self, api: Api) -> None:
        with switched_on(GLOBAL):
            assert api("GET", "/users/me/sessions").status_code == 401

    def test_a_ban_is_checked_before_switches(self, staff: Any, log_in: Any) -> None:
        login = log_in(staff)
        staff.is_active = False
        staff.save()
        with switched_on(GLOBAL):
            assert login.api("GET", "/users/me/sessions").status_code == 403


class TestServerErrors:
    def test_they_reveal_nothing_and_are_logged(
        self, me: Login, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*args: Any, **kwargs: Any) -> None:
            raise ZeroDivisionError("the inner workings")

        monkeypatch.setattr("sessions_api.http.viewsets.sessions.end_sessions", fail)
        response = me.api("DELETE", "/users/me/sessions/me")
        assert (response.status_code, response.json()) == (
            500,
            {"code": "INTERNAL_SERVER_ERROR", "message": "Internal Server Error"},
        )
        assert "the inner workings" in caplog.text
        assert me.token not in caplog.text

    def test_no_password_reaches_the_log(
        self, api: Api, ann: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        monkeypatch.setattr("sessions_api.http.viewsets.login.log_in", lambda *a, **k: 1 / 0)
        secret = "a password like no other"
        assert api("POST", "/login", {"username": "ann", "password": secret}).status_code == 500
        assert caplog.records
        assert secret not in caplog.text
