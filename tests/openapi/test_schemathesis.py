"""Schemathesis calls every endpoint of every dialect, and holds the answers to the description."""

import pytest
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import ignored_auth

from sessions_api.policy import Audience
from tests.openapi.callers import Caller, aim
from tests.openapi.contradictions import contradicted
from tests.openapi.schemas import load

pytestmark = pytest.mark.django_db

V3, V4, V5, WOLFPAL = map(load, ["v3", "v4", "v5", "wolfpal"])


#: The endpoints that everybody has called.
called: set[str] = set()
#: The endpoints that have been seen to refuse who has no credentials, or false ones.
guarded: set[str] = set()


def call(case: Case, callers: list[Caller]) -> None:
    """Send the same request in the name of each.

    Those who are refused before anything of a request is read call each endpoint only once.
    """
    aim(case)
    endpoint = f"{case.operation.method} {case.operation.full_path}"
    for caller in heard(case, callers) if endpoint in called else callers:
        excluded = list(contradicted(case, caller))
        if endpoint in guarded:
            excluded.append(ignored_auth)
        response = case.call_and_validate(headers=caller.headers(), excluded_checks=excluded)
        if response.status_code < 300 and "security" in case.operation.definition.raw:
            guarded.add(endpoint)
    called.add(endpoint)


def heard(case: Case, callers: list[Caller]) -> list[Caller]:
    """Those of the callers whom the endpoint is for."""
    stranger, *users = callers
    staff = [user for user in users if user.user.is_staff]
    audiences = {policy["audience"] for policy in case.operation.definition.raw["x-policies"]}
    if Audience.ANYONE.value in audiences:
        return callers
    if Audience.STRANGERS.value in audiences:
        return [stranger]
    return users if Audience.USERS.value in audiences else staff


@V3.parametrize()
def test_v3(case: Case, callers: list[Caller]) -> None:
    call(case, callers)


@V4.parametrize()
def test_v4(case: Case, callers: list[Caller]) -> None:
    call(case, callers)


@V5.parametrize()
def test_v5(case: Case, callers: list[Caller]) -> None:
    call(case, callers)


@WOLFPAL.parametrize()
def test_wolfpal(case: Case, callers: list[Caller]) -> None:
    call(case, callers)
