"""The work for a request body is bounded by its length. It is counted, not timed."""

import io
import unicodedata
import zlib
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.test import RequestFactory

from cumulonimbus.asgi import application as asgi_application
from cumulonimbus.serving.requests import SafeASGIRequest, SafeWSGIRequest
from cumulonimbus.wsgi import application as wsgi_application
from sessions_api.http.fields import MAX_IDS, IdField
from tests.api import Api, Login, is_dead
from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import V3, V4, V5, WOLFPAL, Dialect

pytestmark = pytest.mark.django_db

#: The most characters of a username.
LONGEST_NAME = 64
#: The number of items that fit into a body of the maximum length.
MANY = 400_000
LISTS = [
    (V3, "/user/sessions", "sessions"),
    (V4, "/users/me/sessions", "ids"),
    (V4, "/users/me/sessions", "sids"),
    (V5, "/users/me/sessions", "ids"),
    (V5, "/users/me/2fa", "ids"),
    (WOLFPAL, "/sessions", "sessions"),
]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def searched() -> Iterator[list[Any]]:
    """Record the list items that have been validated."""
    items: list[Any] = []
    validate = IdField.run_validation

    def watched(field: IdField, data: Any) -> Any:
        items.append(data)
        return validate(field, data)

    with patch.object(IdField, "run_validation", watched):
        yield items


@pytest.mark.parametrize(("dialect", "path", "field"), LISTS, ids=str)
class TestLists:
    def test_items_of_a_list_that_is_too_long_are_not_validated(
        self, dialect: Dialect, path: str, field: str, me: Login, searched: list[Any]
    ) -> None:
        for items in (
            [None] * MANY,
            ["1"] * (MAX_IDS + 1),
            [[[]]] * (MAX_IDS + 1),
            [10**4_000] * (MAX_IDS + 1),
        ):
            answer = dialect.api(me)("DELETE", path, {field: items})
            assert answer.status_code == 400
            assert answer.json() == dialect.error("BODY_TOO_LARGE_ERROR")
        assert searched == []
        assert not is_dead(me)

    def test_validation_stops_at_the_first_invalid_item(
        self, dialect: Dialect, path: str, field: str, me: Login, searched: list[Any]
    ) -> None:
        for wrong in (None, True, 1.5, {}, [], [["1"]]):
            answer = dialect.api(me)("DELETE", path, {field: ["1", *[wrong] * (MAX_IDS - 1)]})
            assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_FIELDS_ERROR")
            assert len(searched) == 2
            searched.clear()
        assert not is_dead(me)

    def test_forms(
        self, dialect: Dialect, path: str, field: str, me: Login, searched: list[Any]
    ) -> None:
        many = "&".join(f"{field}=1" for _ in range(MAX_IDS + 1))
        huge = "&".join(f"{field}[{'9' * 5_000}]={n}" for n in range(3))
        for body, code in ((many, "BODY_TOO_LARGE_ERROR"), (huge, "MISSING_FIELDS_ERROR")):
            answer = dialect.api(me)("DELETE", path, body, content_type=FORM)
            assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert searched == []
        assert not is_dead(me)

    def test_huge_numbers_are_unknown_ids(
        self, dialect: Dialect, path: str, field: str, me: Login
    ) -> None:
        body = {field: [10**4_000, str(10**30)], "password": PASSWORD}
        answer = dialect.api(me)("DELETE", path, body)
        assert (answer.status_code, answer.json()["count"]) == (200, 0)


def test_what_no_account_name_could_be_long_enough_for_is_not_normalized(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sorting the combining characters of a letter takes quadratic time."""
    lengths = []

    def watched(form: str, text: str, normalize: Any = unicodedata.normalize) -> str:
        lengths.append(len(text))
        return str(normalize(form, text))

    monkeypatch.setattr(unicodedata, "normalize", watched)
    body = {"username": "a" + "\u0301\u0323" * 100_000, "password": "x"}
    assert Api()("POST", "/login", body).status_code == 404
    assert Api("/api/v4")("POST", "/login", body).status_code == 404
    body = {"user": body["username"], "pass": "x"}
    assert Api("/api/v3")("POST", "/user/session", body).status_code == 404
    assert max(lengths) <= 4 * LONGEST_NAME


@pytest.mark.parametrize("charset", ["zlib", "bz2", "hex", "punycode", "idna", "unicode_escape"])
@pytest.mark.parametrize("content_type", ["application/json", FORM, "multipart/form-data"])
def test_no_encoding_decompresses_the_body(me: Login, charset: str, content_type: str) -> None:
    """Some of Python's codecs are not text encodings."""
    bomb = zlib.compress(b'{"username": "%s"}' % (b"x" * 10_000_000))
    typed = f"{content_type}; boundary=b; charset={charset}"
    answer = Api()("POST", "/login", bomb, content_type=typed)
    assert answer.status_code == 400
    if content_type == "application/json":
        # The decompressed body would be valid JSON without the field.
        assert answer.json()["code"] == "INVALID_BODY_ERROR"


@pytest.mark.parametrize("charset", ["zlib", "punycode", "idna", "undefined"])
def test_such_an_encoding_does_not_break_the_query(charset: str) -> None:
    """Django decodes the query in the same encoding, before an error could be returned."""
    typed = f"text/plain; charset={charset}"
    environ = RequestFactory().get("/api/nowhere?limit=%C3%A9").environ
    wsgi = SafeWSGIRequest({**environ, "CONTENT_TYPE": typed})
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/nowhere",
        "query_string": b"limit=%C3%A9",
        "headers": [(b"content-type", typed.encode())],
    }
    for request in (wsgi, SafeASGIRequest(scope, io.BytesIO())):
        assert (request.encoding, request.GET["limit"]) == (None, "\u00e9")
    assert (wsgi_application.request_class, asgi_application.request_class) == (
        SafeWSGIRequest,
        SafeASGIRequest,
    )


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "iso-8859-1", "windows-1252", "nonsense"])
def test_text_encodings_still_work(ann: Any, charset: str) -> None:
    body = '{"username": "ann", "password": "a guess"}'
    typed = f"application/json; charset={charset}"
    assert Api()("POST", "/login", body, content_type=typed).status_code == 401


def test_the_header_that_names_a_session_may_be_long(ann: Any, me: Login) -> None:
    for header in ("HTTP_X_SESSION_NAME", "HTTP_X_TOKEN_NAME"):
        answer = V4.api()(
            "POST",
            "/login",
            {"username": "ann", "password": PASSWORD},
            **{header: "\xcc\x81" * 1_000_000},
        )
        assert answer.status_code == 201
    assert set(ann.login_sessions.values_list("name", flat=True)) == {"Chrome v87 on Linux"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("response", {"id": "x" * 500_000, "response": {"a": ["x"] * 300_000}}),
        ("response", {str(n): n for n in range(100_000)}),
        ("token", "x." * 500_000),
        ("code", "\u0661" * 300_000),
        ("type", "x" * 500_000),
    ],
)
def test_answers_to_challenges(ann: Any, field: str, value: Any) -> None:
    kind = "webauthn" if field == "response" else "totp"
    answer = {"token": "x.y.z", "type": kind, "code": "123456", field: value}
    reply = Api()("POST", "/login", {"2fa": answer})
    assert reply.status_code in (400, 401)
    assert reply.json()["code"] == "INVALID_SECOND_FACTOR_RESPONSE_ERROR"
