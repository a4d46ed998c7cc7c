"""Whoever joins several incidents at the same instant takes part in one, on PostgreSQL."""

from functools import partial
from typing import Any

import pytest

from sessions_api.incidents.models import Participation
from sessions_api.incidents.services import incidents
from sessions_api.services.audit import Actor
from tests.sessions_api.incidents.services import by, open_one
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = Actor(name="command line (kim)")


@pytest.mark.parametrize("trial", range(5))
@pytest.mark.parametrize("who", ["account", "command"])
def test_one_participation_is_open(chief: Any, other: Any, who: str, trial: int) -> None:
    actor = by(other) if who == "account" else OPERATOR
    opened = [open_one(by(chief)) for _ in range(4)]
    together(*[partial(incidents.join, one, actor=actor) for one in opened])
    open_ones = Participation.objects.filter(until=None, actor_name=actor.shown_name)
    assert open_ones.count() == 1


@pytest.mark.parametrize("who", ["account", "command"])
def test_also_of_whoever_opens_them(other: Any, who: str) -> None:
    actor = by(other) if who == "account" else OPERATOR
    together(*[partial(open_one, actor)] * 4)
    assert Participation.objects.filter(until=None).count() == 1
