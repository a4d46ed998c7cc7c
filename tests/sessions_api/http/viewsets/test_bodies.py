"""Valid and invalid request bodies."""

import asyncio
import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import RequestAborted

from cumulonimbus.asgi import Handler
from tests.api import Api, Login, is_dead
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

MULTIPART = "multipart/form-data; boundary=b"
BAD_BODY = {"code": "INVALID_BODY_ERROR", "message": "Invalid Body"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{", "application/json"),
        ("[]", "application/json"),
        ('"text"', "application/json"),
        ("null", "application/json"),
        ("7", "application/json"),
        ('{"a": NaN}', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"username": "\xff"}', "application/json"),
        ("[" * 100_000, "application/json"),
        ('{"a":' * 100_000, "application/json"),
        ('{"a": ' + "9" * 5_000 + "}", "application/json"),
        ("x", "multipart/form-data"),
        ("--other--\r\n", MULTIPART),
    ],
)
def test_bodies_that_do_not_parse_or_are_not_objects(
    api: Api, body: Any, content_type: str
) -> None:
    response = api("POST", "/login", body, content_type=content_type)
    assert (response.status_code, response.json()) == (400, BAD_BODY)


@pytest.mark.parametrize("body", ["--b--\r\n", "\r\n--b--\r\n", "--b--"])
def test_empty_form_data_only_lacks_fields(api: Api, body: str) -> None:
    """Browsers send the first, and Werkzeug the second."""
    answer = api("POST", "/login", body, content_type=MULTIPART)
    assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_FIELDS_ERROR")
    assert answer.json()["fields"] == ["username", "password"]


class TestTruncatedBodies:
    """A truncated body may still parse, with another meaning."""

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"ids=1&ids=2", "application/x-www-form-urlencoded"),
            (b'--b\r\nContent-Disposition: form-data; name="ids"\r\n\r\n1', MULTIPART),
            (b'{"ids": ["1"]}', "application/json"),
            (b"", "application/json"),
        ],
    )
    def test_end_nothing(self, me: Login, body: bytes, content_type: str) -> None:
        for path in ("/users/me/sessions", "/users/me/sessions/all?include-self=1"):
            answer = me.api(
                "DELETE",
                path,
                content_type=content_type,
                CONTENT_LENGTH=str(len(body) + 1),
                **{"wsgi.input": io.BytesIO(body)},
            )
            assert (answer.status_code, answer.json()) == (400, BAD_BODY)
        assert not is_dead(me)

    def test_of_a_broken_connection(self, me: Login) -> None:
        class Broken(io.BytesIO):
            def read(self, *_: Any) -> bytes:
                raise ConnectionResetError

        answer = me.api(
            "DELETE", "/users/me/sessions", CONTENT_LENGTH="9", **{"wsgi.input": Broken()}
        )
        assert (answer.status_code, answer.json()) == (400, BAD_BODY)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "nonsense", "*/*", "application/*; charset=utf-8"],
)
def test_unknown_content_types(api: Api, content_type: str) -> None:
    response = api("POST", "/login", "x", content_type=content_type)
    assert (response.status_code, response.json()) == (415, BAD_BODY)


def test_too_large(api: Api) -> None:
    body = '{"username": "' + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + '"}'
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        response = api("POST", "/login", body, content_type=content_type)
        assert (response.status_code, response.json()) == (
            413,
            {"code": "BODY_TOO_LARGE_ERROR", "message": "Body Too Large"},
        )


def test_too_many_fields(api: Api) -> None:
    body = "&".join(f"f{number}=1" for number in range(1_001))
    response = api("POST", "/login", body, content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response.json()["code"]) == (400, "BODY_TOO_LARGE_ERROR")


def test_unknown_fields_are_ignored(api: Api, ann: Any) -> None:
    body = {"username": "ann", "password": PASSWORD, "is_staff": True}
    assert api("POST", "/login", body).status_code == 201


@pytest.mark.parametrize("length", ["-1", "x", "99999999999999999999"])
def test_a_forged_length(api: Api, length: str) -> None:
    response = api("POST", "/login", "{}", CONTENT_LENGTH=length)
    assert response.status_code in (400, 413)
    assert response["Content-Type"] == "application/json"


class TestChunks:
    """Chunked bodies, with a simulated server. Tests with real servers are in tests/processes."""

    META = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}

    def send(self, body: Any, **meta: Any) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        stream = {"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": ""}
        # Django's client sends no content type without a body.
        typed = {"CONTENT_TYPE": "application/json"}
        return Api()("POST", "/login", b"", **self.META | stream | typed | meta)

    @pytest.mark.parametrize("prefix", ["/api", "/api/wolfpal"])
    def test_empty_chunks_end_no_session(self, me: Login, prefix: str) -> None:
        """granian passes on truncated bodies as empty."""
        stream = {"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": ""}
        me.api.prefix = prefix
        answer = me.api("DELETE", "/sessions", b"", **self.META | stream)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_BODY_ERROR")
        assert not is_dead(me)
        assert me.api("GET", "/sessions", b"", **self.META | stream).status_code == 200

    def test_chunks_are_read(self, ann: Any) -> None:
        assert self.send({"username": "ann", "password": PASSWORD}).status_code == 201
        missing = self.send({"username": "ann"})
        assert missing.json()["fields"] == ["password"]

    def test_chunks_are_read_up_to_the_limit(self, ann: Any, settings: Any) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 60
        stream = io.BytesIO(b"x" * 1_000)
        answer = self.send(b"", **{"wsgi.input": stream})
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE_ERROR")
        assert stream.tell() == 61
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
        good = {"username": "ann", "password": PASSWORD, "more": "x" * 100_000}
        assert self.send(good).status_code == 201

    def test_chunks_are_refused_if_the_server_does_not_support_them(self) -> None:
        answer = self.send({}, **{"wsgi.input_terminated": False})
        assert (answer.status_code, answer.json()) == (411, BAD_BODY)

    def test_truncated_chunks_are_refused(self) -> None:
        class Broken(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                raise LookupError("a server's own error")

        answer = self.send(b"", **{"wsgi.input": Broken()})
        assert (answer.status_code, answer.json()) == (400, BAD_BODY)

    def test_chunks_together_with_a_length_are_refused(self) -> None:
        answer = self.send({}, CONTENT_LENGTH="2")
        assert (answer.status_code, answer.json()) == (400, BAD_BODY)

    def test_chunks_of_http_2_need_no_header(self, ann: Any) -> None:
        body = {"username": "ann", "password": PASSWORD}
        meta = {"HTTP_TRANSFER_ENCODING": "", "SERVER_PROTOCOL": "HTTP/2.0"}
        assert self.send(body, **meta).status_code == 201


class TestUnderASGI:
    """Under ASGI, Django stores the body before a view reads it."""

    def test_an_endless_body_is_not_stored(self, settings: Any) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        given = 0

        async def receive() -> dict[str, Any]:
            nonlocal given
            given += 1
            return {"type": "http.request", "body": b"x" * 40, "more_body": True}

        kept = asyncio.run(Handler().read_body(receive))
        assert (given, len(kept.read())) == (3, 120)

    def test_the_rest_of_a_long_body_is_not_a_disconnection(self) -> None:
        rest = [{"type": "http.request", "body": b"x", "more_body": True}] * 3

        async def receive() -> dict[str, Any]:
            return rest.pop() if rest else {"type": "http.disconnect"}

        with pytest.raises(RequestAborted):
            asyncio.run(Handler().listen_for_disconnect(receive))
        assert rest == []
