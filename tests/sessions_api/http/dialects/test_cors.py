"""Cross-origin requests, and caching of responses."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from cumulonimbus.configuration.origins import MIDDLEWARE, cors_settings
from tests.api import Api, Login
from tests.failing_pages import pages_fail_with
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.spellings import Dialect

APP = "https://app.example.org"
ELSEWHERE = "https://elsewhere.example.net"
ALLOWED = {
    *("authorization", "content-type", "user-agent"),
    *("x-request-id", "x-session-name", "x-token-name"),
}
EXPOSED = {
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Skipped",
    "RateLimit-Reason",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
}
NAME = "CORS_ALLOWED_ORIGINS"


def read(text: str) -> dict[str, Any]:
    """Return the settings for a value of the variable."""
    with mock.patch.dict("os.environ", {NAME: text}):
        return cors_settings(NAME)


def serving(text: str) -> Any:
    """Configure the project with this value of the variable."""
    return override_settings(MIDDLEWARE=[MIDDLEWARE, *settings.MIDDLEWARE], **read(text))


@pytest.fixture
def named() -> Iterator[None]:
    with serving(f"{APP}, https://other.example.org:8443"):
        yield


def preflight(path: str, origin: str = APP, method: str = "DELETE", **meta: Any) -> Any:
    return Client(raise_request_exception=False).options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        },
        **meta,
    )


class TestTheSetting:
    @pytest.mark.parametrize("text", ["", " , "])
    def test_no_origin_is_allowed_by_default(self, text: str) -> None:
        assert read(text) == {}
        assert MIDDLEWARE not in settings.MIDDLEWARE

    @pytest.mark.parametrize(
        "origin",
        [
            APP,
            "http://localhost:3000",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example",
            "capacitor://localhost",
            "chrome-extension://abcdefghijklmnop",
        ],
    )
    def test_origins(self, origin: str) -> None:
        made = read(origin)
        assert made["CORS_ALLOWED_ORIGINS"] == [origin]
        assert made["CORS_ALLOW_CREDENTIALS"] is True

    def test_all_origins_without_credentials(self) -> None:
        made = read("*")
        assert made["CORS_ALLOW_ALL_ORIGINS"] is True
        assert "CORS_ALLOW_CREDENTIALS" not in made

    @pytest.mark.parametrize(
        "text",
        [
            "app.example.org",
            "https://",
            "https://app.example.org/",
            "https://app.example.org/path",
            "https://app.example.org?x",
            "https://app.example.org#x",
            "https://user@app.example.org",
            "https://*.example.org",
            "https://App.example.org",
            "https://bücher.example",
            "https://app.example.org:443",
            "http://app.example.org:80",
            "https://app.example.org:0",
            "https://app.example.org:x",
            "https://a b",
            "https://app.example.org.",
            "null",
            "*, https://app.example.org",
            "https://app.example.org,*",
        ],
    )
    def test_origins_that_browsers_never_send_are_refused(self, text: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=NAME):
            read(text)


@pytest.mark.usefixtures("named")
class TestNamedOrigins:
    @pytest.mark.parametrize("path", ["/api", "/api/", "/api/login", "/api/v3/x", "/api/nowhere"])
    def test_preflights(self, path: str) -> None:
        answer = preflight(path)
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == APP
        assert answer["Access-Control-Allow-Credentials"] == "true"
        assert set(answer["Access-Control-Allow-Headers"].split(", ")) == ALLOWED
        assert answer["Cache-Control"] == "no-store"
        methods = set(answer["Access-Control-Allow-Methods"].split(", "))
        assert methods >= {"GET", "POST", "PUT", "DELETE"}

    @pytest.mark.parametrize("origin", [ELSEWHERE, "null", f"{APP}:8443", f"{APP}.evil.test"])
    def test_other_origins_get_no_headers(self, origin: str) -> None:
        for answer in (
            preflight("/api/login", origin),
            Client().get("/api/nowhere", headers={"Origin": origin}),
        ):
            named = [name for name in answer.headers if name.startswith("Access-Control-Allow-")]
            assert named == []

    @pytest.mark.django_db
    @pytest.mark.ratelimited
    def test_a_preflight_request_is_not_counted_and_takes_no_query(self, me: Login) -> None:
        with CaptureQueriesContext(connection) as captured:
            for _ in range(9):
                answer = preflight("/api/users/me/sessions", REMOTE_ADDR="198.51.100.7")
                assert answer.status_code == 200
        assert len(captured) == 0
        assert Api()("GET", "/nowhere")["RateLimit-Remaining"] == "99"

    @pytest.mark.django_db
    @pytest.mark.ratelimited
    def test_responses_and_errors_can_be_read(
        self, dialect: Dialect, me: Login, limits_clock: Clock
    ) -> None:
        origin = {"HTTP_ORIGIN": APP}
        api, stranger = dialect.api(me), dialect.api()
        answers = [
            *(api("GET", dialect.sessions, **origin) for _ in range(4)),
            stranger("GET", dialect.sessions, **origin),
            stranger("GET", "/nowhere", **origin),
            stranger("PATCH", dialect.sessions, **origin),
            stranger("POST", "/login", "{", **origin),
        ]
        assert [one.status_code for one in answers][:7] == [200, 200, 200, 429, 401, 404, 405]
        for answer in answers:
            assert answer["Access-Control-Allow-Origin"] == APP
            assert answer["Access-Control-Allow-Credentials"] == "true"
            assert set(answer["Access-Control-Expose-Headers"].split(", ")) == EXPOSED
            assert "origin" in answer["Vary"]

    def test_errors_of_django_can_be_read(self) -> None:
        client = Client(raise_request_exception=False)
        origin = {"Origin": APP}
        refused = client.get("/api/login", headers=origin | {"Host": "else.where"})
        with pages_fail_with(LookupError):
            failed = client.get("/api/login", headers=origin)
        assert [refused.status_code, failed.status_code] == [400, 500]
        for answer in (refused, failed):
            assert answer["Access-Control-Allow-Origin"] == APP

    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_a_preflight_is_not_redirected(self) -> None:
        assert preflight("/api/login").status_code == 200

    @pytest.mark.parametrize("path", ["/admin/login/", "/apis", "/account/password/chosen/"])
    def test_only_paths_of_the_api(self, path: str) -> None:
        assert "Access-Control-Allow-Origin" not in preflight(path)


def test_the_wildcard_allows_no_credentials() -> None:
    with serving("*"):
        answer = preflight("/api/login", ELSEWHERE)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.django_db
class TestCaches:
    def test_responses_are_not_cached(self, dialect: Dialect, me: Login) -> None:
        api, stranger = dialect.api(me), dialect.api()
        answers = [
            api("GET", dialect.sessions),
            api("DELETE", dialect.all),
            stranger("GET", dialect.sessions),
            stranger("GET", "/nowhere"),
            stranger("PATCH", dialect.sessions),
            stranger("DELETE", dialect.sessions, "{"),
            Api("/api")("GET", "/"),
            Api("/api")("POST", "/schema/"),
        ]
        assert {one["Cache-Control"] for one in answers} == {"no-store"}

    def test_djangos_own_responses_are_not_cached(self) -> None:
        client = Client(raise_request_exception=False)
        refused = client.get("/api/login", headers={"Host": "else.where"})
        with pages_fail_with(LookupError):
            failed = client.get("/api/login")
        assert [refused.status_code, failed.status_code] == [400, 500]
        assert [refused["Cache-Control"], failed["Cache-Control"]] == ["no-store"] * 2

    def test_descriptions_may_be_cached(self) -> None:
        assert "no-store" not in Api("/api")("GET", "/schema/v3/")["Cache-Control"]
