"""Where Schemathesis and the contract want the contrary of each other, the contract holds."""

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
    """The checks that an answer to this request cannot pass, each with the cause."""
    assert case.meta is not None
    negated = {place for place, part in case.meta.components.items() if part.mode.is_negative}
    if negated.isdisjoint({ParameterLocation.PATH, ParameterLocation.BODY}):
        # What a query parameter or the name of a session may not be counts as its default.
        yield negative_data_rejection
    if case.media_type in FORMS:
        # Forms know only text, which is read as the type that it names.
        yield negative_data_rejection
    if case.body == {} and not case.operation.definition.raw["requestBody"]["required"]:
        # WolfPal's DELETE /sessions: an empty object counts as no body.
        yield negative_data_rejection
    if case.operation.path == "/":
        # The greeting answers to any method.
        yield from (unsupported_method, allow_header_conformance)
    if case.path_parameters.get("sid") == "me":
        # Whoever has ended the current session and logs in anew has a current session again.
        yield use_after_free
    if case.path_parameters.get("uid") == "session":
        # In v3 `/user/session/…` is the way to one's own sessions: another endpoint has answered.
        yield response_schema_conformance
    if _holds_credential(case.body):
        # JSON and CBOR in base64url, of which no schema can say what must be in it.
        yield positive_data_acceptance
    policies = case.operation.definition.raw["x-policies"]
    if any(policy["reverification"] and policy["scope"] for policy in policies):
        # A full session must bring the password; from a scoped one no body is read.
        if caller.is_scoped:
            yield negative_data_rejection
        elif case.body is NOT_SET:
            yield positive_data_acceptance


def _holds_credential(body: Any) -> bool:
    """Whether a body brings the response of a WebAuthn ceremony."""
    return isinstance(body, dict) and ("response" in body or _holds_credential(body.get("2fa")))
