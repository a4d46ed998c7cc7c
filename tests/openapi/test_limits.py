"""With rate limits on, every refusal matches the description."""

from collections.abc import Iterator

import pytest
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import ignored_auth

from tests.openapi.callers import Caller, aim
from tests.openapi.contradictions import contradicted
from tests.openapi.schemas import load
from tests.rate_clock import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.ratelimited]

V3, V4, V5, WOLFPAL = (load(name, coverage=False) for name in ("v3", "v4", "v5", "wolfpal"))
# Schemathesis generates a single request for the greeting, so no limit is reached.
V5 = V5.exclude(path="/")


class Answers:
    """Collects the responses of an endpoint."""

    def __init__(self) -> None:
        self.statuses: set[int] = set()
        self.is_limited = False

    def collect(self, case: Case, callers: list[Caller]) -> None:
        policies = case.operation.definition.raw["x-policies"]
        self.is_limited = any(policy["rates"] for policy in policies)
        aim(case)
        for caller in callers:
            # Requests without credentials count too, and are refused in the end.
            excluded = [ignored_auth, *contradicted(case, caller)]
            response = case.call_and_validate(headers=caller.headers(), excluded_checks=excluded)
            self.statuses.add(response.status_code)


@pytest.fixture
def answers(limits_clock: Clock) -> Iterator[Answers]:
    """Collect responses. Afterwards, some requests to a limited endpoint must have been refused."""
    answers = Answers()
    yield answers
    assert 429 in answers.statuses or not answers.is_limited


@V3.parametrize()
def test_v3(case: Case, callers: list[Caller], answers: Answers) -> None:
    answers.collect(case, callers)


@V4.parametrize()
def test_v4(case: Case, callers: list[Caller], answers: Answers) -> None:
    answers.collect(case, callers)


@V5.parametrize()
def test_v5(case: Case, callers: list[Caller], answers: Answers) -> None:
    answers.collect(case, callers)


@WOLFPAL.parametrize()
def test_wolfpal(case: Case, callers: list[Caller], answers: Answers) -> None:
    answers.collect(case, callers)
