"""What is asked of the services, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..conditions.conditions import Conditions
from ..flip_requests import FlipRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the wish to turn a switch on.

    :param changed: whether the switch was flipped.
    :param waiting: the request that waits for a second person; None if none is needed.
    """

    changed: bool
    waiting: FlipRequest | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """How a switch is to be turned on.

    :param reason: why.
    :param until: when it turns off automatically; None for no end.
    :param lasts: after what time it turns off automatically, instead of ``until``.
    :param conditions: for whom it applies; None keeps those that it has.
    :param alone_because: why nobody else can be asked, to turn it on without a second person.
    """

    reason: str
    until: datetime | None = None
    lasts: timedelta | None = None
    conditions: Conditions | None = None
    alone_because: str = ""
