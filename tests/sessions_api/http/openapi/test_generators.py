"""Requirements of linters and client generators that can be checked without running them.

The tests in ``tests/openapi/clients`` run them."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from sessions_api.http.policy import Audience
from sessions_api.scopes import IN_WORDS, Scope
from tests.openapi.schemas import DIALECTS, document, operations

JSON = "application/json"
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data"]
NEEDLESS = {Audience.ANYONE.value, Audience.ANONYMOUS.value}


@pytest.fixture(params=DIALECTS)
def described(request: pytest.FixtureRequest) -> dict[str, Any]:
    return document(request.param)


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a part of a description, including the part itself."""
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from schemas(one)


def test_no_field_of_a_body_has_a_default(described: dict[str, Any]) -> None:
    """openapi-typescript makes fields with a default required."""
    bodies = [operation.get("requestBody") for _, _, operation in operations(described)]
    for one in schemas([bodies, described["components"]["schemas"]]):
        assert "default" not in one


@pytest.mark.parametrize("kind", [JSON, *FORMS])
def test_optional_fields_are_not_required(kind: str) -> None:
    v5 = document("v5")
    schema = v5["paths"]["/login"]["post"]["requestBody"]["content"][kind]["schema"]
    if kind == JSON:
        assert schema["anyOf"][0] == {"$ref": "#/components/schemas/LoginInput"}
        schema = v5["components"]["schemas"]["LoginInput"]
    assert sorted(schema["required"]) == ["password", "username"]
    assert schema["properties"]["rememberMe"]["description"] == "Default: `false`."


def test_forms_contain_only_what_forms_support(described: dict[str, Any]) -> None:
    for _, _, operation in operations(described):
        content = operation.get("requestBody", {"content": {}})["content"]
        for kind in set(FORMS) & set(content):
            for one in schemas(content[kind]["schema"]):
                assert "null" not in one.get("type", "")
                if one.get("type") == "array":
                    assert one["minItems"] == 1
                    assert one["items"]["minLength"] == 1


def test_credentials_are_required_only_where_needed(described: dict[str, Any]) -> None:
    asked = set()
    for _, _, operation in operations(described):
        needless = {policy["audience"] for policy in operation["x-policies"]} <= NEEDLESS
        ways = [] if needless else [{"bearer": []}, {"rawToken": []}]
        assert operation["security"] == ways
        asked.add(bool(ways))
    assert True in asked


def test_tags_are_declared(described: dict[str, Any]) -> None:
    used = {tag for _, _, operation in operations(described) for tag in operation["tags"]}
    assert {tag["name"] for tag in described["tags"]} == used
    assert all(tag["description"] for tag in described["tags"])


def test_scopes_are_declared(described: dict[str, Any]) -> None:
    assert set(IN_WORDS) == set(Scope)
    declared = described["x-scopes"]
    assert {name: one["value"] for name, one in declared.items()} == {
        scope.name: scope.value for scope in Scope
    }
    needed = {p["scope"] for _, _, one in operations(described) for p in one["x-policies"]} - {None}
    assert needed <= set(declared)


def test_answers_to_challenges_are_discriminated_by_type() -> None:
    components = document("v5")["components"]["schemas"]
    answer = components["SecondFactorAnswer"]
    mapping = answer["discriminator"]["mapping"]
    assert set(mapping) == {"totp", "backup", "webauthn"}
    assert {one["$ref"] for one in answer["oneOf"]} == set(mapping.values())
    for kind, pointer in mapping.items():
        schema = components[pointer.rpartition("/")[2]]["properties"]["type"]
        jsonschema.validate(kind, schema)


@pytest.mark.parametrize("value", [-1, 0, 51, 10**30])
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_values_that_count_as_the_default_are_allowed(name: str, value: int) -> None:
    parameters = document("v5")["paths"]["/users/me/sessions"]["get"]["parameters"]
    schema = next(one["schema"] for one in parameters if one["name"] == name)
    jsonschema.validate(value, schema)


def test_a_contact_is_named(described: dict[str, Any]) -> None:
    assert described["info"]["contact"] == {"name": "The operators of this service"}
    assert described["info"]["license"]["identifier"] == "MIT"
