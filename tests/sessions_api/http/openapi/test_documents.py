"""The descriptions are valid, complete, and match the contract."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from sessions_api.http.dialects.v5.openapi import V5
from sessions_api.http.openapi.description import Description
from sessions_api.http.openapi.samples import PASSWORD
from sessions_api.http.viewsets.base import ApiViewSet
from tests import cast
from tests.openapi.schemas import DIALECTS, closed, document, operations

JSON = "application/json"


@pytest.fixture(params=DIALECTS)
def described(request: pytest.FixtureRequest) -> dict[str, Any]:
    return document(request.param)


def test_it_is_valid(described: dict[str, Any]) -> None:
    openapi_spec_validator.OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"].startswith("3.1")


def routes(
    patterns: list[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, str]]:
    """Yield the method and the path of every endpoint of the API."""
    for pattern in patterns:
        regex = str(pattern.pattern).removeprefix("^").replace(r"(?:/|$)", "/")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + regex)
            continue
        viewset = getattr(pattern.callback, "cls", type)
        path = prefix + re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", regex)
        for method, action in getattr(pattern.callback, "actions", {}).items():
            # HEAD is implied, and the greeting accepts any method.
            told = method == "get" or (action != "hello" and method != "head")
            if told and issubclass(viewset, ApiViewSet):
                yield method.upper(), path.removesuffix(r"\Z").rstrip("/?")


#: Alternative paths, which the description of v3 only mentions in its text.
OTHER_PATHS = {
    (method, f"{prefix}{path}")
    for prefix in ("/api", "/api/v3")
    for method, path in (
        ("GET", "/session"),
        ("POST", "/session"),
        ("GET", "/session/{sid}"),
        ("DELETE", "/session/{sid}"),
        ("DELETE", "/sessions/all"),
    )
} | {("GET", "/api/v3/sessions"), ("DELETE", "/api/v3/sessions")}


def test_exactly_the_routes_are_described() -> None:
    described = set()
    for dialect in DIALECTS:
        whole = document(dialect)
        for method, path, _ in operations(whole):
            servers = whole["paths"][path].get("servers", whole["servers"])
            described |= {(method, (server["url"] + path).rstrip("/")) for server in servers}
    mounted = set(routes(get_resolver().url_patterns))
    assert ("DELETE", "/api/v4/users/{uid}/sessions/all") in mounted
    assert described == mounted - OTHER_PATHS


def refusals(described: dict[str, Any], method: str, path: str) -> set[str]:
    """Return the status and the code of every error of an operation, from its examples."""
    answers = described["paths"][path][method.lower()]["responses"]
    return {
        f"{status} {resolve(described, example)['value']['code']}"
        for status, answer in answers.items()
        if int(status) >= 400
        for example in answer["content"][JSON]["examples"].values()
    }


def resolve(described: dict[str, Any], node: dict[str, Any]) -> Any:
    """Return a node, or the target of its reference."""
    if "$ref" not in node:
        return node
    found: Any = described
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


ALWAYS = "413 BODY_TOO_LARGE_ERROR, 500 INTERNAL_SERVER_ERROR, 503 SERVICE_UNAVAILABLE_ERROR"
BANNED = "403 BANNED_ERROR"
LIMITED = "429 RATELIMITED_ERROR"
OWN = "401 INVALID_SESSION_ERROR, 403 INSUFFICIENT_PERMISSIONS_ERROR"
# Staff are limited only while they are refused, others always.
STAFF = f"{OWN}, 401 ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR, {LIMITED}"
BODY = (
    "400 INVALID_BODY_ERROR, 415 INVALID_BODY_ERROR, 400 MISSING_FIELDS_ERROR, "
    "400 BODY_TOO_LARGE_ERROR"
)
CHALLENGE = (
    "401 SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR, 400 INVALID_SECOND_FACTOR_RESPONSE_ERROR, "
    "401 INVALID_SECOND_FACTOR_RESPONSE_ERROR, 400 INVALID_SECOND_FACTOR_METHOD_ERROR"
)
PASSWORD_AGAIN = f"{BODY}, 401 INVALID_PASSWORD_ERROR, {CHALLENGE}, {LIMITED}"
# If the settings limit the number of sessions per user.
CAPPED = "403 TOO_MANY_SESSIONS_ERROR"
# If the adapter of a host refuses the login.
REFUSED = "403 INSUFFICIENT_PERMISSIONS_ERROR"
LOGIN = (
    f"401 INVALID_SESSION_ERROR, 404 INVALID_USER_ERROR, 401 INVALID_PASSWORD_ERROR, {BODY}, "
    f"{CHALLENGE}, {REFUSED}, {CAPPED}, {LIMITED}"
)
NO_PATH = "404 INVALID_ENDPOINT_ERROR"
NO_USER = f"{NO_PATH}, 404 INVALID_USER_ERROR"
NO_INCIDENT = f"{NO_PATH}, 404 INVALID_INCIDENT_ERROR"
CONFLICT = "409 INCIDENT_CONFLICT_ERROR"
NO_SESSION = f"{NO_PATH}, 404 INVALID_SESSION_ERROR"

REFUSALS = {
    "v5 GET /": LIMITED,
    "v5 POST /login": LOGIN,
    "v5 GET /users/me/sessions": f"{OWN}, {LIMITED}",
    "v5 POST /users/me/sessions": f"{OWN}, {PASSWORD_AGAIN}, {CAPPED}",
    "v5 DELETE /users/me/sessions": f"{OWN}, {BODY}, {LIMITED}",
    "v5 DELETE /users/me/sessions/{sid}": f"{OWN}, {NO_SESSION}, {LIMITED}",
    "v5 DELETE /users/{uid}/sessions": f"{STAFF}, {NO_USER}, {BODY}",
    "v5 GET /users/{uid}/sessions/{sid}": f"{STAFF}, {NO_USER}, 404 INVALID_SESSION_ERROR",
    "v5 GET /killswitches": STAFF,
    "v5 PUT /killswitches/{number}": (
        f"{STAFF}, {NO_PATH}, 404 INVALID_KILL_SWITCH_ERROR, {PASSWORD_AGAIN}"
    ),
    "v5 POST /users/me/2fa/totp/confirm": (
        f"{OWN}, {BODY}, 401 INVALID_SECOND_FACTOR_RESPONSE_ERROR, {LIMITED}"
    ),
    "v5 POST /users/me/2fa/backup": (
        f"{OWN}, {PASSWORD_AGAIN}, 401 ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR"
    ),
    "v5 DELETE /users/{uid}/2fa/{factor_id}": (
        f"{STAFF}, {NO_USER}, 404 INVALID_SECOND_FACTOR_ERROR, {PASSWORD_AGAIN}"
    ),
    "v5 GET /incidents": STAFF,
    "v5 POST /incidents": f"{STAFF}, {BODY}",
    "v5 GET /incidents/{incident}/timeline": f"{STAFF}, {NO_INCIDENT}",
    "v5 PUT /incidents/{incident}/sign-outs/{sign_out}/approval": (
        f"{STAFF}, {NO_INCIDENT}, {CONFLICT}, {PASSWORD_AGAIN}"
    ),
    "v5 DELETE /incidents/{incident}/mails/{mail}": f"{STAFF}, {NO_INCIDENT}, {CONFLICT}",
    "v4 POST /login": LOGIN,
    "v4 DELETE /users/{uid}/sessions/{sid}": (
        f"{STAFF}, {NO_USER}, 404 INVALID_SESSION_ERROR, {LIMITED}"
    ),
    "v3 POST /user/session": LOGIN,
    "v3 GET /user/session/{sid}": f"{OWN}, {NO_SESSION}, {LIMITED}",
    "v3 DELETE /user/session/{sid}": f"{OWN}, {NO_PATH}, 404 SESSION_NOT_FOUND_ERROR, {LIMITED}",
    "v3 GET /user/{uid}/session/{sid}": f"{STAFF}, {NO_USER}, 404 SESSION_NOT_FOUND_ERROR",
    "wolfpal GET /sessions": f"401 UNAUTHORIZED, 403 INSUFFICIENT_PERMISSIONS_ERROR, {LIMITED}",
    "wolfpal DELETE /sessions/{sid}": (
        f"401 UNAUTHORIZED, 403 INSUFFICIENT_PERMISSIONS_ERROR, {NO_PATH}, "
        f"404 SESSION_NOT_FOUND, {LIMITED}"
    ),
}


@pytest.mark.parametrize("endpoint", REFUSALS)
def test_every_error_is_described(endpoint: str) -> None:
    dialect, method, path = endpoint.split(" ")
    expected = f"{ALWAYS}, {BANNED}, {REFUSALS[endpoint]}".split(", ")
    assert refusals(document(dialect), method, path) == set(expected)


def test_every_example_matches_its_schema(described: dict[str, Any]) -> None:
    for _, _, operation in operations(described):
        for answer in operation["responses"].values():
            check_examples(described, answer, closed(described["components"]))
        if "requestBody" in operation:
            check_examples(described, operation["requestBody"], described["components"])
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                jsonschema.validate(parameter["example"], parameter["schema"])


def check_examples(described: dict[str, Any], part: dict[str, Any], components: Any) -> None:
    media = part["content"][JSON]
    assert media["examples"]
    for example in media["examples"].values():
        value = resolve(described, example)["value"]
        schema = media["schema"] | {"components": components}
        jsonschema.validate(value, schema, jsonschema.Draft202012Validator)


def test_headers() -> None:
    answers = document("v5")["paths"]["/users/me/sessions"]["get"]["responses"]
    limits = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Skipped"}
    assert set(answers["200"]["headers"]) == limits
    assert set(answers["401"]["headers"]) == limits | {"WWW-Authenticate"}
    assert set(answers["429"]["headers"]) == limits | {"RateLimit-Reason", "Retry-After"}
    assert set(answers["503"]["headers"]) == {"Retry-After"}


def test_links_lead_from_a_list_to_its_items() -> None:
    paths = document("v5")["paths"]
    links = paths["/users/{uid}/sessions"]["get"]["responses"]["200"]["links"]
    assert set(links) == {"staff_session_retrieve", "staff_session_destroy"}
    assert links["staff_session_retrieve"]["parameters"] == {
        "uid": "$request.path.uid",
        "sid": "$response.body#/items/0/id",
    }
    retrieve = paths["/users/{uid}/sessions/{sid}"]["get"]
    assert retrieve["operationId"] == "staff_session_retrieve"


def test_the_policy_is_described() -> None:
    described = document("v5")["paths"]["/killswitches/{number}"]["put"]
    assert described["x-kill-switches"] == ["GLOBAL"]
    assert described["x-policies"] == [
        {
            "audience": "staff",
            "permission": "killswitches.change_killswitch",
            "furtherPermissions": [],
            "scope": "STAFF_MODIFY_KILLSWITCHES",
            "reverification": True,
            "rates": [],
        }
    ]
    assert described["security"] == [{"bearer": []}, {"rawToken": []}]


def test_an_undescribed_action_is_an_error() -> None:
    with pytest.raises(LookupError, match="ApiViewSet"):
        V5.operation(ApiViewSet, "conjure")


def test_only_mounted_dialects_are_described() -> None:
    whole = Description(V5, [""]).document("/auth/")
    assert whole["servers"] == [{"url": "/auth"}]
    assert "/" not in whole["paths"]
    assert set(whole["paths"]) < set(document("v5")["paths"])


def test_the_examples_use_the_accounts_of_these_tests() -> None:
    """So that they work in Schemathesis runs."""
    assert PASSWORD == cast.PASSWORD
