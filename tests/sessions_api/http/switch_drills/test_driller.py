"""Drills of every kill switch, at every endpoint of the project."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import override_settings

from killswitches import drills
from killswitches.drills import Outcome, Trial
from killswitches.impact import endpoints_of
from killswitches.registry import (
    ACCOUNT_LOGIN,
    ACCOUNT_MODIFY,
    FILE_CREATE,
    GLOBAL,
    Switch,
    registry,
)
from killswitches.testing import switched_on
from sessions_api import statistics
from sessions_api.http.switch_drills.driller import SwitchDriller
from sessions_api.http.switch_impact import closed_by
from sessions_api.models import AuditEvent, UserSession
from tests.api import OWN_SESSIONS, Login
from tests.caches import DOWN

each_switch = pytest.mark.parametrize("switch", list(registry), ids=lambda one: one.name)


def drilled(switch: Switch) -> list[Trial]:
    return list(SwitchDriller().drill(switch))


@each_switch
def test_every_endpoint_answers_as_it_must(switch: Switch) -> None:
    """Without a database: neither a switch that is on nor one that is off makes a query."""
    found = drilled(switch)
    assert [trial for trial in found if trial.outcome is not Outcome.CLOSED] == []
    assert {trial.status for trial in found} <= {503}
    tried = {f"{one.method} {one.path}" for one in found}
    lines = [line.rpartition(" ") for line in endpoints_of(switch) or ()]
    expected = {f"{one} {path}" for methods, _, path in lines for one in methods.split(", ")}
    assert {one for one in tried if "/account/" not in one} == expected


def test_the_account_pages_are_drilled() -> None:
    pages = {
        switch: {(one.method, one.path) for one in drilled(switch) if one.dialect == "pages"}
        for switch in (ACCOUNT_LOGIN, ACCOUNT_MODIFY, GLOBAL, FILE_CREATE)
    }
    assert pages[ACCOUNT_LOGIN] == {
        ("GET", "/account/login/"),
        ("POST", "/account/login/"),
        ("GET", "/account/login/second-factor/"),
        ("POST", "/account/login/second-factor/"),
        ("POST", "/account/tokens/new/"),
    }
    assert ("POST", "/account/sessions/:sid/end/") in pages[ACCOUNT_MODIFY]
    assert ("GET", "/account/") not in pages[ACCOUNT_MODIFY]
    assert pages[GLOBAL] > pages[ACCOUNT_LOGIN] | pages[ACCOUNT_MODIFY]
    assert not [path for _, path in pages[GLOBAL] if "logout" in path or "language" in path]
    assert pages[FILE_CREATE] == set()


def test_no_counter_needs_to_be_reached() -> None:
    """Rates and statistics are in the cache, which is down here."""
    with override_settings(CACHES={"default": DOWN}):
        assert {one.outcome for one in drilled(GLOBAL)} == {Outcome.CLOSED}


@pytest.mark.django_db
def test_it_leaves_no_statistics_no_charges_and_no_sessions(me: Login) -> None:
    def counted() -> tuple[object, ...]:
        names = {one.name for one in closed_by(GLOBAL)}
        hour = int(time.time()) // statistics.HOUR
        return (
            statistics.traffic(names, minutes=5),
            statistics.refusals(range(hour - 1, hour + 2)),
            sorted(UserSession.objects.values_list("pk", "used_at")),
            get_user_model().objects.count(),
        )

    me.api("GET", f"{OWN_SESSIONS}/me")
    before = counted()
    for switch in registry:
        drills.drill(switch)
    assert counted() == before


@pytest.mark.django_db
def test_others_notice_nothing(me: Login) -> None:
    """The switch is off for them during the drill, and on if it was on."""
    answers = []

    class Watching:
        def drill(self, switch: Switch) -> list[Trial]:
            found = drilled(switch)
            answers.append(me.api("GET", f"{OWN_SESSIONS}/me").status_code)
            return found

    before = drills.drillers.copy()
    drills.register(Watching())
    try:
        drills.drill(GLOBAL)
        with switched_on(GLOBAL):
            drills.drill(GLOBAL)
    finally:
        drills.drillers[:] = before
    assert answers == [200, 503]


@pytest.mark.django_db
def test_it_works_while_the_switch_is_on(me: Login) -> None:
    with switched_on(*registry):
        for switch in registry:
            row = drills.drill(switch)
            assert (row.was_on, row.faults) == (True, 0)


@pytest.mark.django_db
def test_it_is_audited(boss: Login) -> None:
    drills.drill(ACCOUNT_LOGIN, actor=boss.user)
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SWITCH_DRILLED)
    assert (event.actor, event.actor_name) == (boss.user, boss.user.get_username())
    count = len(drilled(ACCOUNT_LOGIN))
    assert event.detail == {"switch": "ACCOUNT_LOGIN", "endpoints": count, "faults": []}


@pytest.mark.parametrize(
    "changed",
    [
        {"CSRF_USE_SESSIONS": True},
        {"CSRF_COOKIE_NAME": "__Host-csrf", "CSRF_HEADER_NAME": "HTTP_X_PROOF"},
        {"ALLOWED_HOSTS": ["*", ".example.com"]},
        {"SESSIONS_API": settings.SESSIONS_API | {"TRUSTED_PROXIES": 1}},
    ],
)
def test_settings_of_hosts(changed: dict[str, Any]) -> None:
    with override_settings(**changed):
        assert {one.outcome for one in drilled(GLOBAL)} == {Outcome.CLOSED}


@pytest.mark.django_db
def test_with_atomic_requests_the_drill_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """REST framework marks the transaction of a refused request for a rollback."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    row = drills.drill(GLOBAL)
    assert not connection.needs_rollback
    row.refresh_from_db()
    assert row.faults == 0
