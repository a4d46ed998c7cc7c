"""Decisions at the same time, on PostgreSQL."""

from collections.abc import Callable

import pytest

from killswitches.approvals.errors import AlreadyDecided
from killswitches.approvals.people import Person
from killswitches.approvals.services import confirm, decline, turn_on
from killswitches.approvals.wishes import Wish
from killswitches.gate import enabled_mask
from killswitches.models import FlipRequest, SwitchFlip
from killswitches.registry import GLOBAL
from tests.killswitches.flips import MakeStaff
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def outcome_of(decide: Callable[..., FlipRequest], key: int, person: Person) -> str:
    try:
        return decide(key, person).outcome
    except AlreadyDecided:
        return "late"


@pytest.mark.parametrize("trial", range(5))
@pytest.mark.parametrize("other", [confirm, decline])
def test_of_two_decisions_one_counts(
    ann: Person, bob: Person, make_staff: MakeStaff, other: Callable[..., FlipRequest], trial: int
) -> None:
    carol = Person(make_staff("carol", "change_killswitch"))
    waiting = turn_on(GLOBAL, Wish("fire"), ann).waiting
    assert waiting is not None
    found = together(
        lambda: outcome_of(confirm, waiting.pk, bob), lambda: outcome_of(other, waiting.pk, carol)
    )
    assert sorted(one == "late" for one in found) == [False, True]
    is_on = "confirmed" in found
    assert enabled_mask() == (GLOBAL.bit if is_on else 0)
    assert SwitchFlip.objects.count() == is_on


@pytest.mark.parametrize("trial", range(5))
def test_of_two_requests_for_the_same_the_second_confirms(
    ann: Person, bob: Person, trial: int
) -> None:
    answers = together(
        lambda: turn_on(GLOBAL, Wish("fire"), ann), lambda: turn_on(GLOBAL, Wish("fire"), bob)
    )
    assert sorted(answer.changed for answer in answers) == [False, True]
    assert enabled_mask() == GLOBAL.bit
    assert FlipRequest.objects.get().outcome == "confirmed"
