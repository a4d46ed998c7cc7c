"""Requests about incidents that meet each other, on PostgreSQL."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.incidents.models import Incident, Participation, SignOut
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.models import BulkSignOut
from tests.api import Login
from tests.held_up import held_up
from tests.sessions_api.incidents.http.requests import AGAIN, END, REFUSED, answer, request_sign_out
from tests.sessions_api.incidents.services import steal
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_decisions_at_once_one_counts(
    boss: Login,
    second: Login,
    root: Any,
    incident: Incident,
    ann: Any,
    bob: Any,
    log_in: Any,
    above_one: None,
) -> None:
    steal(ann)
    steal(bob)
    path = request_sign_out(boss, incident)
    roots = log_in(root)
    calls = [
        partial(login.api, method, f"{path}/approval", AGAIN)
        for login in (second, roots)
        for method in ("PUT", "DELETE")
    ]
    answers = together(*calls)
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    decided = SignOut.objects.get()
    assert decided.decided_by_name in ("tess", "root")
    assert BulkSignOut.objects.count() == (not decided.is_declined)


def test_who_joins_twice_takes_part_once(boss: Login, incident: Incident) -> None:
    path = f"/incidents/{incident.pk}/participation"
    boss.api("DELETE", path)
    answers = together(*[partial(boss.api, "PUT", path)] * 4)
    assert {one.status_code for one in answers} == {200}
    assert Participation.objects.filter(until=None).count() == 1


@pytest.mark.parametrize("lost", [END_SESSIONS, CHANGE_INCIDENTS])
def test_a_permission_that_is_lost_meanwhile_ends_nothing(
    boss: Login, incident: Incident, ann: Any, lost: str
) -> None:
    steal(ann)

    def lose(_: object) -> None:
        boss.user.user_permissions.remove(Permission.objects.get(codename=lost.partition(".")[2]))

    def hold(one: Incident) -> None:
        Incident.objects.select_for_update().get(pk=one.pk)

    path = f"/incidents/{incident.pk}/sign-outs"
    response = held_up(lambda: boss.api("POST", path, END), lose, incident, hold)
    assert answer(response) == (403, REFUSED)
    assert not SignOut.objects.exists()
