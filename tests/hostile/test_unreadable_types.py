"""Requests whose ``Content-Type`` nobody can read."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.test import RequestFactory

from cumulonimbus import wsgi
from cumulonimbus.serving.requests import SafeASGIRequest, SafeWSGIRequest
from tests.hostile.odd_requests import UNREADABLE_TYPES

pytestmark = pytest.mark.django_db

FORM = b"username=ann&password=x"
#: The header of a part that numbers a parameter in two ways.
PART = b'--b\r\nContent-Disposition: form-data; name="x"; c*=x; c*0=y\r\n\r\nx\r\n--b--\r\n'


def ask(
    method: str, path: str, content_type: str, body: bytes = FORM
) -> tuple[str, Mapping[str, str], bytes]:
    """Return the status, the headers and the body of the response of the service."""
    body = body if method == "POST" else b""
    environ = RequestFactory().generic(method, path).META
    environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    environ |= {"wsgi.input": io.BytesIO(body), "HTTP_HOST": "localhost"}
    environ["HTTP_COOKIE"] = f"csrftoken={'a' * 32}"
    begun: list[Any] = []
    # Not the project's own instance, which the tests' settings cannot change.
    content = b"".join(wsgi.Handler()(environ, lambda *given: begun.extend(given)))
    return begun[0], dict(begun[1]), content


@pytest.fixture(autouse=True)
def _as_in_development(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["localhost"]
    # Its receivers would close the database connections of the tests.
    monkeypatch.setattr("django.core.signals.request_started.send", lambda **sent: None)


def assert_no_error(written: io.StringIO) -> None:
    assert "Traceback" not in written.getvalue()
    assert "ERROR" not in written.getvalue()


@pytest.mark.parametrize("content_type", UNREADABLE_TYPES)
@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("GET", "/", {"200 OK"}),
        ("GET", "/robots.txt", {"200 OK"}),
        ("POST", "/account/login/", {"403 Forbidden"}),
        ("POST", "/nowhere", {"403 Forbidden", "404 Not Found"}),
    ],
)
def test_count_as_without_a_known_type(
    written: io.StringIO, content_type: str, method: str, path: str, statuses: set[str]
) -> None:
    status, headers, _ = ask(method, path, content_type)
    assert status in statuses
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Request-ID"]
    assert_no_error(written)


@pytest.mark.parametrize("content_type", UNREADABLE_TYPES)
@pytest.mark.parametrize("path", ["/api/v3/user/session", "/api/v4/login", "/api/v5/login"])
def test_the_api_answers_in_its_own_form(
    written: io.StringIO, content_type: str, path: str
) -> None:
    status, headers, content = ask("POST", path, content_type)
    assert status == "415 Unsupported Media Type"
    assert b"INVALID_BODY" in content
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert_no_error(written)


@pytest.mark.parametrize("content_type", UNREADABLE_TYPES)
def test_neither_server_fails_to_create_the_request(content_type: str) -> None:
    environ = RequestFactory().get("/").META | {"CONTENT_TYPE": content_type}
    headers = [(b"content-type", content_type.encode("latin-1"))]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    # Django's own. Once these work, the project needs no request classes for it.
    with pytest.raises((BadRequest, TypeError, ValueError)):
        WSGIRequest({**environ})
    with pytest.raises((BadRequest, TypeError, ValueError)):
        ASGIRequest(scope, io.BytesIO())
    made: list[HttpRequest] = [
        SafeWSGIRequest({**environ}),
        SafeASGIRequest(scope, io.BytesIO()),
    ]
    assert {request.content_type for request in made} == {"application/octet-stream"}


@pytest.mark.parametrize("path", ["/admin/login/", "/account/login/", "/api/v5/login"])
def test_a_part_of_a_form_that_nobody_can_read(written: io.StringIO, path: str) -> None:
    status, headers, content = ask("POST", path, "multipart/form-data; boundary=b", PART)
    assert status == "400 Bad Request"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (b"INVALID_BODY_ERROR" in content) is path.startswith("/api")
    assert_no_error(written)
