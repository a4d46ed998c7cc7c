"""What the app tells its host."""

from django.dispatch import Signal

#: A switch was turned on or off, or the end of its being on was changed. Sent by ``KillSwitch``
#: inside the flip's transaction, so a receiver that raises undoes the flip. Arguments: ``switch``
#: (Switch), ``enabled`` (bool: the new state), ``until`` (datetime: when it goes off by itself; or
#: None), ``at`` (datetime: when it happened, which for a lapse is before it is noticed), ``actor``
#: (user or None), ``actor_name`` (str), ``reason`` (str), and ``source`` (whatever the caller of
#: the service gave to say where the request came from, or None).
switch_flipped = Signal()
