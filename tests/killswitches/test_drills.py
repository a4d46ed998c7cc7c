"""Recording drills."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from killswitches import drills
from killswitches.drills import NoDriller, drill, newest_drills, trials_of
from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch, SwitchDrill, SwitchFlip
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, GLOBAL, Switch, UnknownSwitch
from killswitches.services import set_switch
from killswitches.signals import switch_drilled
from tests.killswitches.drillers import CLOSED, UNKNOWN, Uploads

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _driller(drill_by: Callable[..., None]) -> None:
    drill_by(Uploads())


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    """Collect the signals ``switch_drilled``."""
    calls: list[dict[str, Any]] = []

    def receiver(**kwargs: Any) -> None:
        calls.append(kwargs)

    switch_drilled.connect(receiver)
    yield calls
    switch_drilled.disconnect(receiver)


def test_it_records_who_when_and_what_was_found(
    django_user_model: Any, heard: list[dict[str, Any]]
) -> None:
    ann = django_user_model.objects.create_user(username="ann")
    drilled = drill(FILE_CREATE, actor=ann, source="here")
    row = SwitchDrill.objects.get()
    assert row == drilled
    assert (row.number, row.actor, row.actor_name) == (FILE_CREATE.number, ann, "ann")
    assert (row.endpoints, row.faults, row.was_on) == (2, 0, False)
    assert trials_of(row) == [CLOSED, UNKNOWN]
    assert str(row) == "Drill of FILE_CREATE"
    (signal,) = heard
    assert (signal["switch"], signal["drill"], signal["actor"]) == (FILE_CREATE, row, ann)
    assert (signal["trials"], signal["source"]) == ([CLOSED, UNKNOWN], "here")


def test_faults_are_counted() -> None:
    drilled = drill(ACCOUNT_LOGIN, actor_name="o\nps" * 200)
    assert (drilled.endpoints, drilled.faults) == (5, 4)
    assert drilled.actor_name == ("o ps" * 200)[:255]


def test_only_the_newest_drill_of_a_switch_keeps_its_trials() -> None:
    first, other, second = drill(FILE_CREATE), drill(ACCOUNT_LOGIN), drill(FILE_CREATE)
    for row in (first, other, second):
        row.refresh_from_db()
    assert [bool(trials_of(row)) for row in (first, other, second)] == [False, True, True]
    assert newest_drills(1) == {FILE_CREATE.number: [second], ACCOUNT_LOGIN.number: [other]}
    assert newest_drills(2)[FILE_CREATE.number] == [second, first]


@pytest.mark.parametrize("is_on", [False, True])
def test_the_switch_stays_as_it_is(is_on: bool) -> None:
    if is_on:
        set_switch(FILE_CREATE, True, reason="fire")
    before, flips = list(KillSwitch.objects.values()), SwitchFlip.objects.count()
    with CaptureQueriesContext(connection) as captured:
        assert drill(FILE_CREATE).was_on is is_on
    assert (list(KillSwitch.objects.values()), SwitchFlip.objects.count()) == (before, flips)
    assert enabled_mask() == (FILE_CREATE.bit if is_on else 0)
    statements = [query["sql"] for query in captured]
    # It neither locks nor writes what a flip needs.
    assert not [sql for sql in statements if "FOR UPDATE" in sql]
    writes = [sql for sql in statements if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE"))]
    assert all('"killswitches_switchdrill"' in sql or "auditevent" in sql for sql in writes), writes


def test_its_query_count(django_assert_num_queries: Any) -> None:
    # Whether the switch is on; a savepoint; earlier drills; the drill; its audit event.
    with django_assert_num_queries(6):
        drill(FILE_CREATE, actor_name="ops")


def test_if_a_receiver_fails_nothing_is_recorded() -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the audit log is full")

    switch_drilled.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            drill(FILE_CREATE)
    finally:
        switch_drilled.disconnect(fail)
    assert not SwitchDrill.objects.exists()


def test_without_a_driller(drill_by: Callable[..., None]) -> None:
    drill_by()
    assert not drills.is_provided()
    with pytest.raises(NoDriller):
        drill(GLOBAL)
    drills.register(Uploads())
    drills.register(Uploads())
    assert (drills.is_provided(), len(drills.drillers)) == (True, 1)


def test_an_unregistered_switch() -> None:
    with pytest.raises(UnknownSwitch):
        drill(Switch(61, "NOT_REGISTERED", "Stops nothing."))
