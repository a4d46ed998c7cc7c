"""The project in production redirects requests over plain HTTP to HTTPS."""

import json
from collections.abc import Iterator
from unittest import mock

import pytest
from django.test import Client, override_settings

from tests.api import OWN_SESSIONS, Api, Login


@pytest.fixture(autouse=True)
def _redirects() -> Iterator[None]:
    with override_settings(SECURE_SSL_REDIRECT=True):
        yield


@pytest.mark.ratelimited
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "FOO"])
@pytest.mark.parametrize(
    "path", ["", "/", "/login", "/v4/users/me/sessions/all?limit=%C3%A9&a=%00", "/nowhere"]
)
def test_api_requests_are_not_checked(method: str, path: str) -> None:
    """Not even counted: this test has no database access."""
    api = Api(prefix="/api", token="Bearer x.y.z")
    with mock.patch("sessions_api.http.gate.reserve", side_effect=AssertionError):
        answer = api(method, path, b"{" * 1000)
    assert (answer.status_code, answer.content) == (308, b"")
    assert answer["Location"] == f"https://testserver/api{path}"
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Type" not in answer


@pytest.mark.django_db
def test_the_session_stays_active(me: Login) -> None:
    assert me.api("DELETE", f"{OWN_SESSIONS}/all").status_code == 308
    assert me.api("GET", f"{OWN_SESSIONS}/me", secure=True).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/sessions", "/api/v3/user/sessions"])
def test_following_the_redirect_ends_the_named_sessions(me: Login, other: Login, path: str) -> None:
    """Without its body, the first request would end all sessions."""
    answer = Client().delete(
        path,
        json.dumps({"sessions": [other.session.sid]}),
        "application/json",
        headers={"Authorization": me.token},
        follow=True,
    )
    assert (answer.status_code, answer.json()) == (200, {"type": "session", "count": 1})
    secure = {"secure": True}
    assert me.api("GET", f"{OWN_SESSIONS}/me", **secure).status_code == 200
    assert other.api("GET", f"{OWN_SESSIONS}/me", **secure).status_code == 401


def test_a_host_that_is_not_ours_is_refused() -> None:
    answer = Api(prefix="/api")("GET", "/", headers={"host": "elsewhere.example.org"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_BODY_ERROR")


def test_pages_are_redirected_by_django() -> None:
    answer = Client().get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer["Location"]) == (
        301,
        "https://testserver/admin/login/?next=/admin/",
    )


@override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
@pytest.mark.django_db
def test_requests_that_a_proxy_received_over_https_are_not_redirected() -> None:
    api = Api(prefix="/api")
    assert api("GET", "/", headers={"X-Forwarded-Proto": "https"}).status_code == 200
    assert api("GET", "/", headers={"X-Forwarded-Proto": "http"}).status_code == 308
