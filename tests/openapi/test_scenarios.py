"""Schemathesis follows the links in the descriptions, using and ending the returned objects."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case

from sessions_api.http.openapi import samples
from tests.openapi.callers import Caller, aim_body, correct, is_well_formed
from tests.openapi.contradictions import contradicted
from tests.openapi.schemas import DIALECTS, load

pytestmark = pytest.mark.django_db

# The check "use after free" assumes that a DELETE on a list deletes the list itself, and that one
# that stops something deletes it.
SCHEMAS = {
    dialect: load(dialect).exclude(
        operation_id_regex="(destroy_(many|all)|stop|decline|reopen|leave)$"
    )
    for dialect in DIALECTS
}
SETTINGS = settings(
    max_examples=6,
    stateful_step_count=8,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_scenarios(dialect: str, callers: list[Caller]) -> None:
    machine: Any = SCHEMAS[dialect].as_state_machine()
    for one in callers[1:]:

        class Scenario(machine):
            caller = one

            def setup(self) -> None:
                for user in callers[1:3]:
                    user.log_in()

            def before_call(self, case: Case) -> None:
                if is_well_formed(case):
                    correct(case)
                    aim_body(case)
                    # Links pass on only what is set here.
                    if "uid" in case.path_parameters:
                        case.path_parameters["uid"] = samples.USER_ID

            def get_call_kwargs(self, case: Case) -> dict[str, Any]:
                return {"headers": self.caller.headers()}

            def validate_response(self, response: Response, case: Case, **kwargs: Any) -> None:
                case.validate_response(
                    response,
                    headers=kwargs["headers"],
                    excluded_checks=list(contradicted(case, self.caller)),
                    transport_kwargs=kwargs,
                    recorder=self.recorder,
                )

        Scenario.run(settings=SETTINGS)
