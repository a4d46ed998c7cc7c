"""Drills: each endpoint that a switch closes is tried, without touching anybody.

The app that serves the endpoints registers a driller in the ``ready()`` method of its
configuration. Without one, the admin has no drills.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Protocol

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from .gate import switches_on
from .models import NAME_LENGTH, SwitchDrill
from .registry import Switch, UnknownSwitch, registry
from .services import one_line
from .signals import switch_drilled


class Outcome(StrEnum):
    """What a drill found at an endpoint."""

    #: It answers as it must: 503 with the switch's number while the switch is on; open otherwise.
    CLOSED = "closed"
    #: While the switch is on, a request gets through.
    OPEN = "open"
    #: While the switch is on, it answers something else.
    WRONG_ANSWER = "wrong_answer"
    #: While the switch is off, it is refused too.
    STAYS_CLOSED = "stays_closed"
    #: Trying it raised an exception.
    FAILED = "failed"
    #: It does not get as far as the switch, because its own rules do not admit the made-up caller.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trial:
    """An endpoint that was tried.

    :param method: such as ``POST``.
    :param path: such as ``/api/v5/login``.
    :param dialect: the dialect of the API, or what else it belongs to; may be "".
    :param status: the HTTP status while the switch is on; None if it got through or failed.
    :param error: the name of the exception if it failed.
    """

    method: str
    path: str
    dialect: str
    outcome: Outcome
    status: int | None = None
    error: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether the endpoint did not answer as it must."""
        return self.outcome not in (Outcome.CLOSED, Outcome.UNKNOWN)


class Driller(Protocol):
    """The interface of a driller."""

    def drill(self, switch: Switch) -> Sequence[Trial]:
        """Try every endpoint that a switch closes, for a made-up caller.

        It must not flip the switch, write to the database, or count anything.
        """


#: The driller, if one is registered.
drillers: list[Driller] = []


class NoDriller(Exception):
    """No app of the project can try endpoints."""

    def __init__(self) -> None:
        super().__init__("No app of this project can drill kill switches.")


def register(driller: Driller) -> None:
    """Set the driller, replacing any other."""
    drillers[:] = [driller]


def is_provided() -> bool:
    """Return whether a driller is registered."""
    return bool(drillers)


def drill(
    switch: Switch,
    *,
    actor: AbstractBaseUser | None = None,
    actor_name: str = "",
    source: object = None,
) -> SwitchDrill:
    """Try every endpoint that a switch closes, record it and send ``switch_drilled``.

    The switch stays as it is, on or off, and no row is locked that a flip needs. Only the newest
    drill of a switch keeps its trials.

    :param actor: the user who drills it.
    :param actor_name: the name to record; by default the actor's username. It is passed through
        :func:`~killswitches.services.one_line` and cut to 255 characters.
    :param source: passed on to the receivers of ``switch_drilled``.
    :returns: the drill, as recorded.
    :raises UnknownSwitch: the switch is not registered.
    :raises NoDriller: no driller is registered.
    """
    if switch not in registry:
        raise UnknownSwitch(f"{switch} is not registered.")
    if not drillers:
        raise NoDriller
    found = drillers[0].drill(switch)
    if actor is not None and not actor_name:
        actor_name = actor.get_username()
    row = SwitchDrill(
        number=switch.number,
        at=timezone.now(),
        actor_id=None if actor is None else actor.pk,
        actor_name=one_line(actor_name)[:NAME_LENGTH],
        was_on=switch in switches_on(),
        endpoints=len(found),
        faults=sum(trial.is_fault for trial in found),
        stored_trials=[astuple(trial) for trial in found],
    )
    with transaction.atomic():
        SwitchDrill.objects.filter(number=switch.number).update(stored_trials=[])
        row.save()
        switch_drilled.send(
            sender=SwitchDrill, switch=switch, drill=row, trials=found, actor=actor, source=source
        )
    return row


def trials_of(drill: SwitchDrill) -> list[Trial]:
    """Return what a drill found at each endpoint; nothing if there has been a newer drill."""
    return [
        Trial(method, path, dialect, Outcome(outcome), status, error)
        for method, path, dialect, outcome, status, error in drill.stored_trials
    ]


def newest_drills(count: int) -> Mapping[int, list[SwitchDrill]]:
    """Return the newest drills of every switch, newest first, by the switch's number.

    :param count: the maximum number of drills per switch.
    """
    rank = Window(RowNumber(), partition_by=F("number"), order_by=F("id").desc())
    drills: dict[int, list[SwitchDrill]] = defaultdict(list)
    for row in SwitchDrill.objects.alias(rank=rank).filter(rank__lte=count).defer("stored_trials"):
        drills[row.number].append(row)
    return drills
