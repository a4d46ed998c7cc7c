"""What turning a switch on would do right now: asked of the host, who knows its endpoints.

Whoever serves the endpoints that switches close registers a provider in the ``ready()`` of an app
config. Without one, the admin says nothing of endpoints.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from .registry import Switch

logger = logging.getLogger(__name__)

#: How far back the numbers of an impact reach.
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Impact:
    """What came in during ``WINDOW`` on the endpoints that a switch closes.

    :param requests: how many requests.
    :param users: how many distinct users were among their callers.
    :param strangers: how many distinct addresses were among their callers without a session.
    """

    requests: int
    users: int
    strangers: int


class Provider(Protocol):
    """Where the answers come from. Either method may raise: the admin then goes without."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        """What the switch closes, such as ``POST /api/v5/login``, in the order to show.

        It is asked for every switch whenever the list of switches is shown, so it must be cheap.
        """

    def impact(self, switch: Switch) -> Impact:
        """The numbers of now."""


_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Have the provider answer from now on, in place of any other."""
    _providers[:] = [provider]


def is_provided() -> bool:
    """Whether anybody answers here."""
    return bool(_providers)


def endpoints_of(switch: Switch) -> Sequence[str] | None:
    """What the switch closes; None if nobody knows, or finding out failed, which is logged."""
    for provider in _providers:
        try:
            return provider.endpoints(switch)
        except Exception:
            logger.exception("The endpoints that %s closes are not available.", switch.name)
    return None


def impact_of(switch: Switch) -> Impact | None:
    """The numbers of now; None if nobody knows, or finding out failed, which is logged."""
    for provider in _providers:
        try:
            return provider.impact(switch)
        except Exception:
            logger.exception("The impact of %s is not available.", switch.name)
    return None
