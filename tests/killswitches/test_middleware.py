"""Forms of which only a part arrives, for a host that has the app's middleware."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from killswitches.gate import enabled_mask
from killswitches.middleware import CompleteFormsMiddleware, IncompleteForm
from killswitches.registry import FILE_CREATE
from tests.killswitches.pages import page_of
from tests.truncated import URLENCODED, post_part

MULTIPART = "multipart/form-data; boundary=b"
LARGE = b"x" * 3_000_000
FIELD = b'--b\r\nContent-Disposition: form-data; name="reason"\r\n\r\nfull\r\n'
UPLOAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + LARGE
END = b"\r\n--b--\r\n"
KINDS = [(b"reason=full&until=never", URLENCODED), (FIELD + b"--b--\r\n", MULTIPART)]


def request_of(body: bytes, kind: str, length: object) -> HttpRequest:
    meta = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": kind, "wsgi.input": io.BytesIO(body)}
    return RequestFactory().generic("POST", "/", **meta)


def asgi_request_of(body: bytes, kind: str, length: object) -> HttpRequest:
    """As of a server that passes on what has arrived, which none is known to do."""
    headers = [(b"content-type", kind.encode()), (b"content-length", str(length).encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    return ASGIRequest(scope, io.BytesIO(body))


REQUESTS = [request_of, asgi_request_of]
Make = Callable[[bytes, str, object], HttpRequest]


def passed_on(request: HttpRequest) -> HttpRequest:
    """Return the request as the middleware passes it on."""
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    assert CompleteFormsMiddleware(view)(request).status_code == 200  # type: ignore[union-attr]
    return seen[0]


@pytest.mark.parametrize("make", REQUESTS)
@pytest.mark.parametrize(("body", "kind"), KINDS)
def test_a_whole_form_is_read(make: Make, body: bytes, kind: str) -> None:
    assert passed_on(make(body, kind, len(body))).POST["reason"] == "full"
    assert passed_on(make(body, kind, len(body))).body == body
    assert passed_on(make(b"", kind, 0)).body == b""
    assert list(passed_on(make(b"a\nb", kind, 3))) == [b"a\n", b"b"]


@pytest.mark.parametrize("make", REQUESTS)
@pytest.mark.parametrize(("body", "kind"), KINDS)
def test_no_part_is_read(make: Make, body: bytes, kind: str) -> None:
    for length in (len(body) + 1, 10**17):
        for part in (body, b""):
            request = passed_on(make(part, kind, length))
            with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None), pytest.raises(IncompleteForm):
                request.POST  # noqa: B018
            # Error pages look for fields in it.
            assert not request.POST
            with pytest.raises(IncompleteForm):
                list(passed_on(make(part, kind, length)))


@pytest.mark.parametrize("make", REQUESTS)
def test_an_upload_of_any_size(make: Make) -> None:
    whole = FIELD + UPLOAD + END
    file: Any = passed_on(make(whole, MULTIPART, len(whole))).FILES["file"]
    assert isinstance(file, TemporaryUploadedFile)
    assert file.read() == LARGE
    for part in (whole[:-1], FIELD + UPLOAD, FIELD + b"--b--\r\n", FIELD):
        with pytest.raises(IncompleteForm):
            passed_on(make(part, MULTIPART, len(whole))).POST  # noqa: B018


def test_a_connection_that_breaks(rf: RequestFactory) -> None:
    """Django's CSRF protection ignores its own error, and takes the form for an empty one."""

    class Broken(io.BytesIO):
        def read(self, *args: Any) -> bytes:
            raise ConnectionResetError

    request = rf.post("/", {"reason": "full"}, **{"wsgi.input": Broken()})
    with pytest.raises(IncompleteForm):
        passed_on(request).POST  # noqa: B018


def test_only_forms_are_watched() -> None:
    """Nothing else can be mistaken for something whole."""
    for kind in ("application/json", "text/plain", ""):
        assert passed_on(request_of(b"{", kind, 9)).body == b"{"
    for length in ("", "x", "²", "-1", "9" * 5_000):
        assert passed_on(request_of(b"", URLENCODED, length)).read() == b""


def test_under_asgi_it_takes_no_thread() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.POST["reason"])

    async def answer(length: int) -> Any:
        response: Any = CompleteFormsMiddleware(view)(request_of(b"reason=x", URLENCODED, length))
        assert asyncio.iscoroutine(response)
        return await response

    assert asyncio.run(answer(8)).content == b"x"
    with pytest.raises(IncompleteForm):
        asyncio.run(answer(9))


@pytest.mark.django_db
@pytest.mark.urls("tests.killswitches.urls")
def test_a_host_answers_with_its_own_page(changer: Client, settings: Any) -> None:
    fields = {"version": "", "reason": "full", "preview": "1"}
    settings.MIDDLEWARE = [
        "killswitches.middleware.CompleteFormsMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    response = post_part(changer, page_of(FILE_CREATE), fields, end="&preview")
    assert (response.status_code, enabled_mask()) == (400, 0)
    assert b"<h1>Bad request</h1>" in response.content
