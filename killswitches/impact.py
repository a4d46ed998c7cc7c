"""The port through which a host reports what turning a switch on would affect.

The app that serves the endpoints registers a provider in the ``ready()`` method of its
configuration. Without a provider, the admin shows no endpoints and no traffic.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from .registry import Switch

logger = logging.getLogger(__name__)

#: The period that the numbers of an impact cover.
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Impact:
    """The traffic during ``WINDOW`` on the endpoints that a switch closes.

    :param requests: the number of requests.
    :param users: the number of distinct users among the callers.
    :param anonymous: the number of distinct addresses of anonymous callers.
    """

    requests: int
    users: int
    anonymous: int


class Provider(Protocol):
    """The interface of a provider. If a method raises, the admin leaves its part out."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        """Return the endpoints that the switch closes, such as ``POST /api/v5/login``.

        They are shown in this order. This is called for every switch each time that the list of
        switches is shown, so it must be cheap.
        """

    def impact(self, switch: Switch) -> Impact:
        """Return the current impact of the switch."""


_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Set the provider, replacing any other."""
    _providers[:] = [provider]


def is_provided() -> bool:
    """Return whether a provider is registered."""
    return bool(_providers)


def endpoints_of(switch: Switch) -> Sequence[str] | None:
    """Return the endpoints that the switch closes.

    :returns: None without a provider, or if it failed, which is logged.
    """
    for provider in _providers:
        try:
            return provider.endpoints(switch)
        except Exception:
            logger.exception("Could not list the endpoints that %s closes.", switch.name)
    return None


def impact_of(switch: Switch) -> Impact | None:
    """Return the current impact of the switch.

    :returns: None without a provider, or if it failed, which is logged.
    """
    for provider in _providers:
        try:
            return provider.impact(switch)
        except Exception:
            logger.exception("Could not determine the impact of %s.", switch.name)
    return None
