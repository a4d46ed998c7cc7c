"""Who has taken part in an incident."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from sessions_api.incidents.services.incidents import join, leave
from sessions_api.incidents.services.participants import participants
from sessions_api.services.audit import Actor
from tests.sessions_api.incidents.services import by, open_one

pytestmark = pytest.mark.django_db


def test_whoever_is_renamed_is_one_under_the_newest_name(chief: Any, other: Any) -> None:
    incident = open_one(by(chief))
    leave(incident, actor=by(chief))
    get_user_model().objects.filter(pk=chief.pk).update(username="head")
    chief.refresh_from_db()
    join(incident, actor=by(chief))
    join(incident, actor=by(other))
    found = participants(incident)
    assert [(one.name, one.times) for one in found.people] == [("head", 2), ("other", 1)]
    assert (found.people[0].until, found.more) == (None, 0)


def test_commands_are_told_apart_by_their_names(chief: Any) -> None:
    incident = open_one(by(chief))
    for name in ("command line (kim)", "command line (lee)", "command line (kim)"):
        join(incident, actor=Actor(name=name))
    found = [(one.name, one.times) for one in participants(incident).people]
    assert found == [("chief", 1), ("command line (kim)", 1), ("command line (lee)", 1)]
