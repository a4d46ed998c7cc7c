"""Descriptions of sessions in cookies, where they are on."""

from collections.abc import Mapping
from typing import Any

import openapi_spec_validator
import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.http.dialects.v3.openapi import V3
from sessions_api.http.dialects.v4.openapi import V4
from sessions_api.http.dialects.v5.openapi import V5
from sessions_api.http.dialects.wolfpal.openapi import WOLFPAL
from sessions_api.http.openapi.description import Description
from sessions_api.http.openapi.dialect import Dialect
from tests.openapi.schemas import operations

CSRF = "`CSRF_FAILED_ERROR`"


def described(dialect: Dialect, **changes: Any) -> dict[str, Any]:
    given = {"API_COOKIES": True, "INSECURE_COOKIES": False} | changes
    with override_settings(SESSIONS_API=settings.SESSIONS_API | given):
        return Description(dialect, [""]).document("/api/")


def names(operation: Mapping[str, Any]) -> set[str]:
    return {one["name"] for one in operation["parameters"]}


@pytest.mark.parametrize("dialect", [V3, V4, V5, WOLFPAL], ids=lambda dialect: dialect.name)
def test_it_is_valid(dialect: Dialect) -> None:
    document = described(dialect, COOKIES=True)
    openapi_spec_validator.OpenAPIV31SpecValidator(document).validate()


def test_nothing_is_said_unless_they_are_on() -> None:
    document = described(V5, API_COOKIES=False)
    assert set(document["components"]["securitySchemes"]) == {"bearer", "rawToken"}
    text = str(document)
    assert "Cookie" not in text
    assert "CSRF" not in text


@pytest.mark.parametrize(
    ("insecure", "name"), [(False, "__Host-session_token"), (True, "session_token")]
)
def test_the_schemes(insecure: bool, name: str) -> None:
    document = described(V5, COOKIES=True, INSECURE_COOKIES=insecure)
    schemes = document["components"]["securitySchemes"]
    assert (schemes["sessionCookie"]["in"], schemes["sessionCookie"]["name"]) == ("cookie", name)
    assert (schemes["csrfToken"]["in"], schemes["csrfToken"]["name"]) == ("header", "X-CSRFToken")


def test_unsafe_methods_need_the_csrf_token() -> None:
    for method, path, operation in operations(described(V5, COOKIES=True)):
        unsafe = method != "GET"
        if path != "/login" and operation["security"]:
            cookie = {"sessionCookie": [], "csrfToken": []} if unsafe else {"sessionCookie": []}
            assert operation["security"] == [{"bearer": []}, {"rawToken": []}, cookie]
        refusals = operation["responses"]["403"]["description"]
        assert (CSRF in refusals) == unsafe, (method, path)
        assert ("X-Session-Cookie" in names(operation)) == (not unsafe or path == "/login")


def test_the_login_says_how_to_ask() -> None:
    login = described(V5, COOKIES=True)["paths"]["/login"]["post"]
    assert {"X-Session-Cookie", "X-CSRFToken"} < names(login)
    assert {"Set-Cookie", "X-CSRFToken"} < set(login["responses"]["201"]["headers"])
    reason = described(V5, COOKIES=True)["components"]["schemas"]["CsrfFailedError"]
    assert reason["properties"]["reason"]["type"] == "string"
