"""The rows of the switches: locking them, and writing flips to them. Only services may use this."""

import logging
from datetime import datetime
from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser

from .models import KillSwitch, SwitchFlip
from .registry import Switch
from .signals import switch_flipped
from .states import LAPSED

logger = logging.getLogger("killswitches")


def locked(switch: Switch) -> KillSwitch:
    """Return the switch's row, locked until the transaction ends. A lapse is recorded first."""
    # On SQLite, writing first takes the write lock; a transaction that began with a read could not
    # wait for it. On PostgreSQL, this ensures that there is a row to lock.
    KillSwitch.objects.bulk_create([KillSwitch(number=switch.number)], ignore_conflicts=True)
    rows = KillSwitch.objects.timed().select_for_update(of=("self",))
    row = rows.get(number=switch.number)
    if not row.has_lapsed:
        return row
    lapse = SwitchFlip(
        number=row.number,
        enabled=False,
        stored_conditions=row.stored_conditions,
        at=cast(datetime, row.until),
        actor_id=row.changed_by_id,
        actor_name=row.changed_by_name,
        reason=LAPSED,
    )
    record(switch, lapse, row.changed_by, source=None)
    return rows.get(number=switch.number)


def record(
    switch: Switch, flip: SwitchFlip, actor: AbstractBaseUser | None, source: object
) -> None:
    """Apply an unsaved flip to the switch, save the flip, and send ``switch_flipped``."""
    KillSwitch.objects.filter(number=flip.number).update(
        enabled=flip.enabled,
        until=flip.until,
        stored_conditions=flip.stored_conditions,
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
        conditions=flip.conditions,
        at=flip.at,
        actor=actor,
        actor_name=flip.actor_name,
        reason=flip.reason,
        requested_by_name=flip.requested_by_name,
        alone_because=flip.alone_because,
        source=source,
    )
    if flip.alone_because:
        logger.warning(
            "%s was turned on by %r alone, without anybody to confirm it: %r",
            switch.name,
            flip.actor_name,
            flip.alone_because,
        )
