"""openapi-typescript makes types of the descriptions, and a program that uses them works."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.openapi.callers import Caller

pytestmark = pytest.mark.django_db(transaction=True)

#: What each dialect answers to the token of an ended session.
ENDED = {
    "v3": "INVALID_SESSION_ERROR",
    "v4": "INVALID_SESSION_ERROR",
    "v5": "INVALID_SESSION_ERROR",
    "wolfpal": "UNAUTHORIZED",
}


@pytest.fixture(scope="session")
def _compiled(run: Callable[..., str], files: list[str]) -> None:
    for name in files:
        run("openapi-typescript", name, "-o", name.replace(".json", ".ts"))
    run("tsc")


@pytest.mark.usefixtures("_compiled")
@pytest.mark.parametrize("dialect", ENDED)
def test_the_sample_logs_in_lists_and_ends_a_session(
    dialect: str, run: Callable[..., str], live_server: Any, make_user: Callable[..., Any]
) -> None:
    _, token = Caller(make_user("ann")).log_in()
    credentials = [token] if dialect == "wolfpal" else ["ann", PASSWORD]
    arguments = json.dumps([f"{live_server.url}/api/{dialect}", *credentials])
    program = f"""
        import {{ {dialect} }} from "./generated/js/sample.js";
        console.log(await {dialect}(...{arguments}));
    """
    printed = run("node", "--input-type=module", "--eval", program)
    assert printed.strip() == ENDED[dialect]
