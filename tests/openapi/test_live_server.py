"""Schemathesis calls every endpoint over HTTP."""

from contextlib import nullcontext, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case

from tests.openapi.callers import Caller, aim
from tests.openapi.contradictions import contradicted
from tests.openapi.schemas import DIALECTS, load

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = settings(
    max_examples=2,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_endpoint(
    dialect: str, mode: GenerationMode, live_server: Any, callers: list[Caller]
) -> None:
    schema = load(dialect)
    schema.app = None
    # The first of the mount points that the description names.
    base_url = live_server.url + schema.raw_schema["servers"][0]["url"]
    called = set()
    for operation in (found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)):

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Case) -> None:
            aim(case)
            for caller in callers:
                excluded = list(contradicted(case, caller))
                case.call_and_validate(
                    base_url=base_url,
                    headers=caller.headers(),
                    excluded_checks=excluded,
                )
            called.add(case.operation.label)

        # An endpoint without input has no invalid input.
        with suppress(Unsatisfiable) if mode.is_negative else nullcontext():
            call()
    assert len(called) > 2
