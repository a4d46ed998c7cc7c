"""Services that flip switches and record who did it, when and why.

The admin, the API and the management command all use them.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_noop

from .conditions.conditions import Conditions
from .gate import switches_on
from .models import NAME_LENGTH, REASON_LENGTH, KillSwitch, SwitchFlip
from .registry import Switch, UnknownSwitch, registry
from .rows import locked, record
from .second_person import Consent, SecondPersonNeeded, needs_second_person
from .states import LAPSED as LAPSED
from .states import SwitchChanged as SwitchChanged
from .states import SwitchState as SwitchState
from .states import state_of

logger = logging.getLogger("killswitches")

HISTORY_LENGTH = 50

#: The maximum time from now until the end of a switch.
LONGEST = timedelta(days=3650)


class InvalidUntil(ValueError):
    """The end of a switch is in the past, or more than ten years ahead."""


def set_switch(
    switch: Switch,
    enabled: bool,
    *,
    until: datetime | None = None,
    conditions: Conditions | None = None,
    actor: AbstractBaseUser | None = None,
    actor_name: str = "",
    reason: str = "",
    source: object = None,
    version: str | None = None,
    consent: Consent | None = None,
) -> bool:
    """Turn a switch on or off, record the flip and send ``switch_flipped``, in one transaction.

    :param until: when a switch that is turned on turns off automatically; None for no end.
    :param conditions: for whom a switch that is turned on applies; None keeps those that it has.
    :param actor: the user who flips the switch.
    :param actor_name: the name to record; by default the actor's username. It is passed through
        :func:`one_line` and cut to 255 characters.
    :param reason: the reason to record. It is passed through :func:`one_line` and cut to 500
        characters.
    :param source: passed on to the receivers of ``switch_flipped``.
    :param version: the expected ``SwitchState.version``; None to skip this check.
    :param consent: why a switch that needs a second person may be turned on. See
        :func:`killswitches.approvals.services.turn_on`, which asks for one.
    :returns: True if the state, the end or the conditions changed; False if all were already as
        requested, in which case nothing is recorded or sent. Of concurrent calls for the same
        state, exactly one returns True.
    :raises UnknownSwitch: the switch is not registered.
    :raises InvalidUntil: ``until`` is in the past, or more than ten years ahead.
    :raises ValueError: ``until`` or ``conditions`` is given for turning off.
    :raises SwitchChanged: the switch has another version.
    :raises SecondPersonNeeded: it is turned on, or for longer or for others than before, without
        the consent that it needs.
    :raises Exception: whatever a receiver raises; the switch then remains unchanged.
    """
    if switch not in registry:
        raise UnknownSwitch(f"{switch} is not registered.")
    if not enabled and (until is not None or conditions is not None):
        raise ValueError("Only a switch that is turned on has an end and conditions.")
    if actor is not None and not actor_name:
        actor_name = actor.get_username()
    with transaction.atomic():
        row = locked(switch)
        state = state_of(switch, row)
        if version not in (None, state.version):
            raise SwitchChanged(state)
        if until is not None and until <= row.now:
            raise InvalidUntil(gettext_noop("That time is in the past."))
        if until is not None and until > row.now + LONGEST:
            raise InvalidUntil(gettext_noop("That time is more than ten years ahead."))
        stored = row.stored_conditions if conditions is None else conditions.stored()
        if (state.enabled, state.until, row.stored_conditions) == (enabled, until, stored):
            return False
        ends_sooner = stored == row.stored_conditions and _ends_sooner(state, until)
        if enabled and not ends_sooner and needs_second_person(switch):
            if consent is None:
                raise SecondPersonNeeded(switch)
            alone_because = consent.alone_because
        else:
            alone_because = ""
        flip = SwitchFlip(
            number=switch.number,
            enabled=enabled,
            until=until,
            stored_conditions=stored,
            at=timezone.now(),
            actor_id=None if actor is None else actor.pk,
            actor_name=one_line(actor_name)[:NAME_LENGTH],
            reason=one_line(reason)[:REASON_LENGTH],
            requested_by_name=consent.requested_by_name if consent else "",
            alone_because=one_line(alone_because)[:REASON_LENGTH],
        )
        record(switch, flip, actor, source)
    return True


def _ends_sooner(state: SwitchState, until: datetime | None) -> bool:
    return state.enabled and until is not None and (state.until is None or until < state.until)


def turn_all_off(
    *,
    actor: AbstractBaseUser | None = None,
    actor_name: str = "",
    reason: str = "",
    source: object = None,
) -> list[Switch]:
    """Turn off all registered switches in one transaction.

    The arguments are those of :func:`set_switch`.

    :returns: the switches that were on, in order of number.
    """
    found = switches_on()
    with transaction.atomic():
        return [
            switch
            for switch in registry
            if switch in found
            and set_switch(
                switch, False, actor=actor, actor_name=actor_name, reason=reason, source=source
            )
        ]


def record_lapses() -> None:
    """Record all lapses that have not been recorded yet, each with the time of its end.

    The user who turned the switch on is recorded as the actor. Of concurrent calls, one records the
    lapse and sends ``switch_flipped``.
    """
    for row in KillSwitch.objects.timed().order_by("number"):
        if row.switch and row.has_lapsed:
            with transaction.atomic():
                locked(row.switch)


def try_to_record_lapses() -> bool:
    """Record lapses if the database accepts writes. For callers that only read.

    :returns: False if writing failed, which is logged; the lapses are then recorded later.
    """
    try:
        record_lapses()
    except Error as error:
        logger.warning("Could not record a lapsed switch: %s.", type(error).__name__)
        return False
    return True


def states() -> list[SwitchState]:
    """Return the states of all registered switches, in order of number, in one query.

    Lapses are recorded first, if there are any and the database accepts writes.
    """
    rows = KillSwitch.objects.timed().in_bulk()
    if any(row.has_lapsed for row in rows.values()) and try_to_record_lapses():
        rows = KillSwitch.objects.timed().in_bulk()
    return [state_of(switch, rows.get(switch.number, KillSwitch())) for switch in registry]


def states_on() -> list[SwitchState]:
    """Return the states of the switches that are on, in order of number, in one query."""
    rows = KillSwitch.objects.timed().on().order_by("number")
    return [state_of(row.switch, row) for row in rows if row.switch]


def history(number: int) -> list[SwitchFlip]:
    """Return the 50 newest flips of a switch, newest first.

    :param number: the number of the switch, which may no longer be registered.
    """
    try_to_record_lapses()
    return list(SwitchFlip.objects.filter(number=number)[:HISTORY_LENGTH])


def newest_flips(count: int) -> Mapping[int, list[SwitchFlip]]:
    """Return the newest flips of every switch, newest first, by the switch's number.

    :param count: the maximum number of flips per switch.
    """
    rank = Window(RowNumber(), partition_by=F("number"), order_by=F("id").desc())
    flips: dict[int, list[SwitchFlip]] = defaultdict(list)
    for flip in SwitchFlip.objects.alias(rank=rank).filter(rank__lte=count):
        flips[flip.number].append(flip)
    return flips


def one_line(text: str) -> str:
    """Return the text on one line, with spaces for unprintable characters such as NUL."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())
