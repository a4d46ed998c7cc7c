"""What a body may be, and what is answered to one that may not."""

from typing import Any

import pytest
from django.conf import settings

from tests.conftest import PASSWORD, Api

pytestmark = pytest.mark.django_db

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
    ],
)
def test_what_does_not_parse_or_is_no_object(api: Api, body: Any, content_type: str) -> None:
    response = api("POST", "/login", body, content_type=content_type)
    assert (response.status_code, response.json()) == (400, BAD_BODY)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "nonsense"])
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
