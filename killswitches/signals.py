"""Signals for the host."""

from django.dispatch import Signal

#: A switch was turned on or off, or its end or its conditions were changed. The sender is
#: ``KillSwitch``. Sent inside the flip's transaction, so a receiver that raises undoes the flip.
#: Arguments: ``switch`` (Switch), ``enabled`` (bool: the new state), ``until`` (datetime: when it
#: turns off, or None), ``conditions`` (Conditions: for whom it applies when it is on), ``at``
#: (datetime: when it happened; a lapse is recorded later than that), ``actor`` (user or None),
#: ``actor_name`` (str), ``reason`` (str), and ``source`` (what the caller of the service passed to
#: say where the request came from, or None).
switch_flipped = Signal()

#: A switch was drilled. The sender is ``SwitchDrill``. Sent in the transaction that records it.
#: Arguments: ``switch`` (Switch), ``drill`` (SwitchDrill), ``trials`` (a sequence of ``Trial``),
#: ``actor`` (user or None), and ``source`` (as above).
switch_drilled = Signal()
