"""Schemathesis generates valid and invalid requests for each dialect, and every caller for whom an
endpoint is intended sends them.

These tests generate few. ``python -m tests.openapi.fuzz`` generates 10,000.
"""

import os
from collections import Counter
from itertools import count, product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case

from tests.openapi.callers import Caller
from tests.openapi.calls import Calls
from tests.openapi.schemas import DIALECTS, load

pytestmark = pytest.mark.django_db

SCHEMAS = {dialect: load(dialect) for dialect in DIALECTS}
CASES = int(os.environ.get("FUZZ_CASES", "100"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
#: How many cases are generated at a time for an endpoint. Responses guide the next ones.
BATCH = 5

SETTINGS = settings(
    max_examples=BATCH,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Fuzz:
    """Calls the endpoints of a dialect in turn.

    :ivar failures: the deviations from the description, each kind once for an endpoint.
    """

    def __init__(self, dialect: str, callers: list[Caller]) -> None:
        found = SCHEMAS[dialect].get_all_operations()
        self.operations = [result.ok() for result in found if isinstance(result, Ok)]
        self.callers = callers
        self.calls = Calls()
        self.cases = 0
        self.statuses: Counter[int] = Counter()
        self.failures: dict[tuple[str, str], str] = {}

    def run(self, cases: int) -> None:
        for number in count(SEED):
            for operation, mode in product(self.operations, GenerationMode):
                if self.cases >= cases:
                    return
                self._call_some(operation, mode, number)

    def _call_some(self, operation: Any, mode: GenerationMode, number: int) -> None:
        @seed(number)
        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Case) -> None:
            self.cases += 1
            try:
                for response in self.calls.send(case, self.callers):
                    self.statuses[response.status_code] += 1
            except FailureGroup as group:
                for failure in group.exceptions:
                    kind = (operation.label, f"{type(failure).__name__}: {failure}")
                    self.failures.setdefault(kind, case.as_curl_command())

        try:
            call()
        except Unsatisfiable:
            # An endpoint without input has no invalid input.
            assert mode.is_negative


@pytest.mark.parametrize("dialect", DIALECTS)
def test_fuzz(dialect: str, callers: list[Caller]) -> None:
    fuzz = Fuzz(dialect, callers)
    fuzz.run(CASES)
    statuses = ", ".join(
        f"{number} times {status}" for status, number in fuzz.statuses.most_common()
    )
    print(f"{dialect}: {fuzz.cases} cases, answered {statuses}")
    assert not fuzz.failures, "\n\n".join(
        f"{endpoint}\n{failure}\n{curl}" for (endpoint, failure), curl in fuzz.failures.items()
    )
