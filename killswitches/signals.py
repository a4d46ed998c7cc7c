"""Signals for the host."""

from django.dispatch import Signal

#: A switch was turned on or off, or its end or its conditions were changed. The sender is
#: ``KillSwitch``. Sent inside the flip's transaction, so a receiver that raises undoes the flip.
#: Arguments: ``switch`` (Switch), ``enabled`` (bool: the new state), ``until`` (datetime: when it
#: turns off, or None), ``conditions`` (Conditions: for whom it applies when it is on), ``at``
#: (datetime: when it happened; a lapse is recorded later than that), ``actor`` (user or None),
#: ``actor_name`` (str), ``reason`` (str), ``requested_by_name`` (str: whose request the actor
#: confirmed, or empty), ``alone_because`` (str: why a switch that needs a second person was turned
#: on without one, or empty), and ``source`` (what the caller of the service passed to say where the
#: request came from, or None).
switch_flipped = Signal()

#: A switch was drilled. The sender is ``SwitchDrill``. Sent in the transaction that records it.
#: Arguments: ``switch`` (Switch), ``drill`` (SwitchDrill), ``trials`` (a sequence of ``Trial``),
#: ``actor`` (user or None), and ``source`` (as above).
switch_drilled = Signal()

#: Somebody has requested a switch that needs a second person, or a request was decided. The sender
#: is ``FlipRequest``. Sent inside the transaction, so a receiver that raises undoes the change.
#: Arguments: ``request`` (FlipRequest, whose ``outcome`` is empty while it waits), ``at``
#: (datetime: when it happened; an expiry is recorded later than that), ``actor`` (user or None),
#: ``actor_name`` (str), ``reason`` (str), and ``source`` (as above).
flip_request_changed = Signal()
