"""Drills and flips at the same time."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from killswitches.drills import drill
from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch
from killswitches.registry import FILE_CREATE
from killswitches.services import set_switch
from tests.killswitches.drillers import Uploads

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _driller(drill_by: Callable[..., None]) -> None:
    drill_by(Uploads())


def impatiently(work: Callable[[], object]) -> None:
    """Do something in another connection, which waits for no lock."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert errors == []


def test_a_flip_does_not_wait_for_a_drill() -> None:
    set_switch(FILE_CREATE, True, reason="first")
    with transaction.atomic():
        drill(FILE_CREATE)
        impatiently(lambda: set_switch(FILE_CREATE, False, reason="second"))
    assert enabled_mask() == 0


def test_a_drill_does_not_wait_for_a_flip() -> None:
    set_switch(FILE_CREATE, True, reason="first")
    with transaction.atomic():
        KillSwitch.objects.select_for_update().get(number=FILE_CREATE.number)
        impatiently(lambda: drill(FILE_CREATE))
