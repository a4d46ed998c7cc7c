"""The endpoints of the OpenFeature Remote Evaluation Protocol, without the other apps."""

import json
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client, override_settings

from killswitches.registry import ACCOUNT_LOGIN, GLOBAL, registry
from killswitches.testing import switched_on

ALL = "/ofrep/v1/evaluate/flags"
TOKEN = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"
JSON = "application/json"

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.ofrep.urls")]


@pytest.fixture(autouse=True)
def _public(settings: Any) -> None:
    settings.KILLSWITCHES = {"OFREP_PUBLIC": True}


def ask(path: str = ALL, body: Any = None, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Client(enforce_csrf_checks=True).post(path, content, JSON, headers=headers)


def one(key: str, body: Any = None, **headers: str) -> Any:
    return ask(f"{ALL}/{key}", body, **headers)


def test_a_flag_is_true_while_its_switch_is_on() -> None:
    assert one("ACCOUNT_LOGIN").json() == {
        "key": "ACCOUNT_LOGIN",
        "value": False,
        "variant": "off",
        "reason": "STATIC",
        "metadata": {"number": 4, "description": ACCOUNT_LOGIN.description},
    }
    with switched_on(ACCOUNT_LOGIN):
        answer = one("ACCOUNT_LOGIN", {"context": {"targetingKey": "ann"}}).json()
        assert (answer["value"], answer["variant"]) == (True, "on")
    assert one("ACCOUNT_LOGIN").json()["value"] is False


def test_all_switches_are_flags() -> None:
    with switched_on(ACCOUNT_LOGIN):
        flags = ask().json()["flags"]
    assert [flag["key"] for flag in flags] == [switch.name for switch in registry]
    assert [flag["key"] for flag in flags if flag["value"]] == ["ACCOUNT_LOGIN"]


def test_flags_are_read_under_global() -> None:
    with switched_on(GLOBAL):
        assert one("GLOBAL").json()["value"] is True
        assert one("ACCOUNT_LOGIN").json()["value"] is False


@pytest.mark.parametrize("path", [ALL, f"{ALL}/GLOBAL"])
def test_the_switches_are_read_with_one_query(path: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        response = ask(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_client_that_knows_the_flags_gets_304(form: str) -> None:
    tag = ask()["ETag"]
    known = ask(**{"If-None-Match": form.format(tag)})
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", tag)
    with switched_on(ACCOUNT_LOGIN):
        if form != "*":
            changed = ask(**{"If-None-Match": form.format(tag)})
            assert changed.status_code == 200
            assert changed["ETag"] != tag
    assert ask(**{"If-None-Match": '"other'}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "PARSE_ERROR"),
        (b"[]", 400, "PARSE_ERROR"),
        (b"\xff", 400, "PARSE_ERROR"),
        (b"[" * 60_000, 400, "PARSE_ERROR"),
        (b"9" * 60_000, 400, "PARSE_ERROR"),
        (b'{"context": []}', 400, "INVALID_CONTEXT"),
        (b'{"context": "ann"}', 400, "INVALID_CONTEXT"),
        (b" " * 65_537, 413, "PARSE_ERROR"),
        (b" " * 3_000_000, 413, "PARSE_ERROR"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_bad_body_is_refused(
    body: bytes, status: int, code: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        whole, single = ask(body=body), one("GLOBAL", body)
    assert whole.status_code == single.status_code == status
    assert whole.json().keys() == {"errorCode", "errorDetails"}
    assert whole.json()["errorCode"] == single.json()["errorCode"] == code
    assert single.json()["key"] == "GLOBAL"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"context": null}', b'{"context": {}, "more": 1}'])
def test_the_context_is_optional(body: bytes) -> None:
    assert ask(body=body).status_code == one("GLOBAL", body).status_code == 200


@pytest.mark.parametrize("key", ["global", "NOTHING", "a/b", "%00", "%F0%9F%98%80", "9" * 2000])
def test_an_unknown_flag_is_not_found(key: str) -> None:
    response = one(key)
    assert response.status_code == 404
    assert response.json()["errorCode"] == "FLAG_NOT_FOUND"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_other_methods_are_refused(method: str) -> None:
    response = getattr(Client(), method)(ALL)
    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"bearer  {OTHER}"},
        {"X-API-Key": TOKEN},
        {"X-API-Key": OTHER, "Authorization": "Basic YW5u"},
    ],
    ids=str,
)
def test_a_token_opens_the_flags(headers: dict[str, str], settings: Any) -> None:
    settings.KILLSWITCHES = {"OFREP_TOKENS": [TOKEN, OTHER]}
    assert ask(**headers).status_code == one("GLOBAL", **headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": TOKEN[:-1]},
        {"X-API-Key": f"{TOKEN} "[:-1] + "x"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN.upper()}"},
        {"Authorization": "Bearer é"},
    ],
    ids=str,
)
@pytest.mark.parametrize("given", [{"OFREP_TOKENS": [TOKEN]}, {"OFREP_TOKENS": []}, {}], ids=str)
def test_without_a_token_nothing_is_read(
    headers: dict[str, str], given: Any, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.KILLSWITCHES = given
    with django_assert_num_queries(0):
        for response in (ask(**headers), one("GLOBAL", **headers), one("NOTHING", **headers)):
            assert response.status_code == 401
            assert response["WWW-Authenticate"] == "Bearer"
            assert response.json().keys() == {"errorDetails"}


def test_without_the_setting_nobody_reads(settings: Any) -> None:
    del settings.KILLSWITCHES
    assert ask(**{"X-API-Key": TOKEN}).status_code == 401


@pytest.mark.parametrize("tokens", [["short"], [TOKEN, ""], ["é" * 40], TOKEN])
def test_a_token_that_could_be_guessed_fails_the_check(tokens: Any) -> None:
    with override_settings(KILLSWITCHES={"OFREP_TOKENS": tokens}):
        assert "killswitches.E004" in [message.id for message in run_checks()]
    with override_settings(KILLSWITCHES={"OFREP_TOKENS": [TOKEN]}):
        assert "killswitches.E004" not in [message.id for message in run_checks()]
