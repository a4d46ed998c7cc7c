"""Cases in which Schemathesis contradicts the contract. The contract takes precedence."""

from collections.abc import Iterator
from typing import Any

from schemathesis.checks import CheckFunction
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    unsupported_method,
    use_after_free,
)

from sessions_api.http.openapi.bodies import FORMS
from tests.openapi.callers import Caller


def contradicted(case: Case, caller: Caller) -> Iterator[CheckFunction]:
    """Return the checks that the response to this request cannot pass."""
    assert case.meta is not None
    negated = {place for place, part in case.meta.components.items() if part.mode.is_negative}
    if negated.isdisjoint({ParameterLocation.PATH, ParameterLocation.BODY}):
        # An invalid query parameter or session name counts as its default.
        yield negative_data_rejection
    if case.media_type in FORMS:
        # Form data contains only text, which is converted.
        yield negative_data_rejection
    if case.media_type == "multipart/form-data" and _holds_empty_text(case.body):
        # Werkzeug leaves the empty line out that separates headers from content.
        yield positive_data_acceptance
    if case.body == {} and not case.operation.definition.raw["requestBody"]["required"]:
        # WolfPal's DELETE /sessions: an empty object counts as no body.
        yield negative_data_rejection
    if case.operation.path == "/":
        # The greeting accepts any method.
        yield from (unsupported_method, allow_header_conformance)
    if case.path_parameters.get("sid") == "me":
        # A caller who has ended the current session and logged in again has a current session.
        yield use_after_free
    if case.path_parameters.get("uid") == "session":
        # In v3 `/user/session/…` is the path of own sessions: another endpoint has answered.
        yield response_schema_conformance
    if isinstance(case.body, dict) and not case.body.keys().isdisjoint({"filter", "beganAt"}):
        # Networks, ids of users, years, and that either criteria or `everybody` are given.
        yield positive_data_acceptance
    if _holds_credential(case.body):
        # JSON and CBOR in base64url, whose content a schema cannot describe.
        yield positive_data_acceptance
    policies = case.operation.definition.raw["x-policies"]
    if any(policy["reverification"] and policy["scope"] for policy in policies):
        # A full session must send the password. The body of a scoped session is not read.
        if caller.is_scoped:
            yield negative_data_rejection
        elif case.body is NOT_SET:
            yield positive_data_acceptance


def _holds_empty_text(body: Any) -> bool:
    """Return whether a value, or an item of one, is sent as an empty part."""
    values = body.values() if isinstance(body, dict) else ()
    return any("" in (value if isinstance(value, list) else [value]) for value in values)


def _holds_credential(body: Any) -> bool:
    """Return whether a body contains the response of a WebAuthn ceremony."""
    return isinstance(body, dict) and ("response" in body or _holds_credential(body.get("2fa")))
