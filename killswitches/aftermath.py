"""The port through which a host reports what happened before and since a switch was turned on.

The app that serves the endpoints registers a provider in the ``ready()`` method of its
configuration. Without a provider, the admin shows no such numbers.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from django.utils import timezone

from .models import SwitchFlip
from .registry import Switch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

#: For how long after its end the numbers of a switch are shown, and the longest period compared.
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A period for which a switch was on, without interruption.

    :param begin: when it was turned on.
    :param end: when it was turned off, or now.
    """

    begin: datetime
    end: datetime

    @property
    def compared(self) -> timedelta:
        """How long before and after the beginning numbers are compared."""
        return min(self.end - self.begin, DAY)

    @property
    def before(self) -> datetime:
        """The beginning of what is compared."""
        return self.begin - self.compared


@dataclass(frozen=True, slots=True)
class Measured:
    """A number before and since a switch was turned on.

    :param label: what is counted, such as "Logins".
    :param before: None if it is not known.
    :param since: None if it is not known.
    :param note: a sentence about what is counted, and what is not.
    """

    label: "StrOrPromise"
    before: int | None
    since: int | None
    note: "StrOrPromise"


class Provider(Protocol):
    """The interface of a provider. If it raises, the admin leaves the numbers out."""

    def measure(self, switch: Switch, period: Period) -> Sequence[Measured]:
        """Return numbers in ``period.compared`` before its beginning, and after that."""


#: The provider, if one is registered.
providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Set the provider, replacing any other."""
    providers[:] = [provider]


def measured(switch: Switch, period: Period | None) -> Sequence[Measured]:
    """Return numbers before and since a switch was turned on.

    :param period: None if it has not been on lately.
    :returns: nothing without a provider, or if it failed, which is logged.
    """
    if period is None:
        return []
    for provider in providers:
        try:
            return provider.measure(switch, period)
        except Exception:
            logger.exception("Could not measure what happened since %s was on.", switch.name)
    return []


def latest_period(flips: Iterable[SwitchFlip]) -> Period | None:
    """Return the latest period for which a switch was on, if it reaches into the last day.

    A change of its end or conditions does not interrupt it.

    :param flips: the flips of the switch, newest first.
    """
    end = now = timezone.now()
    begin = None
    for flip in flips:
        if flip.enabled:
            begin = flip.at
        elif begin is not None:
            break
        else:
            end = flip.at
    return Period(begin, end) if begin is not None and end >= now - DAY else None
