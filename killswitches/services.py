"""Turning switches on and off, with who, when and why: for the admin, the API and the command."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_noop

from .gate import enabled_mask
from .models import NAME_LENGTH, REASON_LENGTH, KillSwitch, SwitchFlip
from .registry import Switch, UnknownSwitch, registry
from .signals import switch_flipped
from .states import LAPSED as LAPSED
from .states import SwitchState as SwitchState
from .states import state_of

logger = logging.getLogger("killswitches")

HISTORY_LENGTH = 50

#: How far ahead a switch can be told to go off.
LONGEST = timedelta(days=3650)


class InvalidUntil(ValueError):
    """The moment at which a switch shall go off is past, or more than ten years ahead."""


class FlippedMeanwhile(Exception):
    """The switch has been flipped since the caller looked at it; ``state`` is how it stands now."""

    def __init__(self, state: SwitchState) -> None:
        super().__init__(f"{state.switch.name} has been flipped meanwhile.")
        self.state = state


def set_switch(
    switch: Switch,
    enabled: bool,
    *,
    until: datetime | None = None,
    actor: AbstractBaseUser | None = None,
    actor_name: str = "",
    reason: str = "",
    source: object = None,
    version: str | None = None,
) -> bool:
    """Bring a switch into a state; record the flip and send ``switch_flipped``, in one transaction.

    :param until: when turning on, the moment at which it goes off by itself; None: without end.
    :param actor_name: who did it, in words; by default the actor's username.
    :param reason: why. Both texts are stored as ``one_line()`` makes them, cut to 255 and to 500
        characters.
    :param source: handed on to the receivers of ``switch_flipped``.
    :param version: the ``SwitchState.version`` on which the decision rests; None: whatever it is.
    :returns: True if the state or its end changed; False if both were so already, and nothing was
        recorded or sent. Of parallel calls for one state exactly one gets True.
    :raises UnknownSwitch: if the switch is not registered.
    :raises InvalidUntil: if ``until`` is past, or more than ten years ahead.
    :raises ValueError: if ``until`` is given for turning off.
    :raises FlippedMeanwhile: if the switch is of another version by now.
    :raises Exception: what a receiver raises; the switch then stays as it was.
    """
    if switch not in registry:
        raise UnknownSwitch(f"{switch} is not registered.")
    if until is not None and not enabled:
        raise ValueError("Only a switch that is turned on has an end.")
    if actor is not None and not actor_name:
        actor_name = actor.get_username()
    with transaction.atomic():
        row = _locked(switch)
        state = state_of(switch, row)
        if version not in (None, state.version):
            raise FlippedMeanwhile(state)
        if until is not None and until <= row.now:
            raise InvalidUntil(gettext_noop("That time is in the past."))
        if until is not None and until > row.now + LONGEST:
            raise InvalidUntil(gettext_noop("That time is more than ten years ahead."))
        if (state.enabled, state.until) == (enabled, until):
            return False
        flip = SwitchFlip(
            number=switch.number,
            enabled=enabled,
            until=until,
            at=timezone.now(),
            actor_id=None if actor is None else actor.pk,
            actor_name=one_line(actor_name)[:NAME_LENGTH],
            reason=one_line(reason)[:REASON_LENGTH],
        )
        _record(switch, flip, actor, source)
    return True


def turn_all_off(
    *,
    actor: AbstractBaseUser | None = None,
    actor_name: str = "",
    reason: str = "",
    source: object = None,
) -> list[Switch]:
    """Turn off every registered switch, in one transaction; arguments as for ``set_switch``.

    :returns: those that were on, in order of number.
    """
    mask = enabled_mask()
    with transaction.atomic():
        return [
            switch
            for switch in registry
            if mask & switch.bit
            and set_switch(
                switch, False, actor=actor, actor_name=actor_name, reason=reason, source=source
            )
        ]


def settle_lapsed() -> None:
    """Record each lapse that nobody has recorded yet, as of the moment when it came to pass.

    Who turned the switch on until then counts as who turned it off. Of parallel calls one records
    it and sends ``switch_flipped``.
    """
    for row in KillSwitch.objects.timed().order_by("number"):
        if row.switch and row.has_lapsed:
            with transaction.atomic():
                _locked(row.switch)


def try_to_settle_lapsed() -> bool:
    """Record lapses for the sake of somebody who only looks: as :func:`settle_lapsed`, but False
    in place of an error where the database takes no writes. They are recorded later then."""
    try:
        settle_lapsed()
    except Error as error:
        logger.warning("A lapse is not recorded yet (%s).", type(error).__name__)
        return False
    return True


def states() -> list[SwitchState]:
    """The states of all registered switches, in order of number, in one query.

    A lapse that it meets is settled first, where the database takes writes.
    """
    rows = KillSwitch.objects.timed().in_bulk()
    if any(row.has_lapsed for row in rows.values()) and try_to_settle_lapsed():
        rows = KillSwitch.objects.timed().in_bulk()
    return [state_of(switch, rows.get(switch.number, KillSwitch())) for switch in registry]


def states_on() -> list[SwitchState]:
    """The states of the registered switches that are on, in order of number, in one query."""
    rows = KillSwitch.objects.timed().on().order_by("number")
    return [state_of(row.switch, row) for row in rows if row.switch]


def history(number: int) -> list[SwitchFlip]:
    """The newest 50 flips of the switch of that number, newest first."""
    try_to_settle_lapsed()
    return list(SwitchFlip.objects.filter(number=number)[:HISTORY_LENGTH])


def newest_flips(count: int) -> Mapping[int, list[SwitchFlip]]:
    """The newest flips of every switch by its number, so many of each, newest first."""
    rank = Window(RowNumber(), partition_by=F("number"), order_by=F("id").desc())
    flips: dict[int, list[SwitchFlip]] = defaultdict(list)
    for flip in SwitchFlip.objects.alias(rank=rank).filter(rank__lte=count):
        flips[flip.number].append(flip)
    return flips


def one_line(text: str) -> str:
    """The text on one line: what cannot be printed, or stored by a database, becomes a space."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())


def _locked(switch: Switch) -> KillSwitch:
    """The switch's row, settled, and held until the transaction around this ends."""
    # Writing first takes the writer's lock on SQLite, where a transaction that began by reading
    # could not wait for it. On PostgreSQL it makes sure that there is a row to lock.
    KillSwitch.objects.bulk_create([KillSwitch(number=switch.number)], ignore_conflicts=True)
    rows = KillSwitch.objects.timed().select_for_update(of=("self",))
    row = rows.get(number=switch.number)
    if not row.has_lapsed:
        return row
    lapse = SwitchFlip(
        number=row.number,
        enabled=False,
        at=cast(datetime, row.until),
        actor_id=row.changed_by_id,
        actor_name=row.changed_by_name,
        reason=LAPSED,
    )
    _record(switch, lapse, row.changed_by, source=None)
    return rows.get(number=switch.number)


def _record(
    switch: Switch, flip: SwitchFlip, actor: AbstractBaseUser | None, source: object
) -> None:
    """Bring the switch into the state of an unsaved flip, keep the flip, and tell the host."""
    KillSwitch.objects.filter(number=flip.number).update(
        enabled=flip.enabled,
        until=flip.until,
        changed_at=flip.at,
        changed_by=actor,
        changed_by_name=flip.actor_name,
        reason=flip.reason,
    )
    flip.save()
    switch_flipped.send(
        sender=KillSwitch,
        switch=switch,
        enabled=flip.enabled,
        until=flip.until,
        at=flip.at,
        actor=actor,
        actor_name=flip.actor_name,
        reason=flip.reason,
        source=source,
    )
