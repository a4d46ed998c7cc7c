"""Schemathesis calls every endpoint of every dialect, and checks the responses."""

import pytest
from schemathesis.generation.case import Case

from tests.openapi.callers import Caller
from tests.openapi.calls import Calls
from tests.openapi.schemas import load

pytestmark = pytest.mark.django_db

V3, V4, V5, WOLFPAL = map(load, ["v3", "v4", "v5", "wolfpal"])

CALLS = Calls()


def call(case: Case, callers: list[Caller]) -> None:
    for _ in CALLS.send(case, callers):
        pass


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
