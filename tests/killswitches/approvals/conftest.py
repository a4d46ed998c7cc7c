"""GLOBAL needs a second person, and ann and bob may flip switches."""

from typing import Any

import pytest

from killswitches.approvals.people import Person
from tests.killswitches.flips import MakeStaff


@pytest.fixture(autouse=True)
def rule(settings: Any) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}


@pytest.fixture
def ann(make_staff: MakeStaff) -> Person:
    return Person(make_staff("ann", "change_killswitch"))


@pytest.fixture
def bob(make_staff: MakeStaff) -> Person:
    return Person(make_staff("bob", "change_killswitch"))
