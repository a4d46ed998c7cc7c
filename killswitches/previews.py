"""The port through which a host previews conditions on what happened in the last minutes.

The app that knows the callers registers a provider in the ``ready()`` method of its configuration.
Without a provider, the admin has no preview, and any name of a dialect is accepted.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext_noop

from .conditions.conditions import Conditions, InvalidCondition
from .registry import Switch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

#: The period that previews cover.
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Matched:
    """How many of the callers of one kind would have been among those whom a switch is on for.

    :param label: the kind, such as "Sessions used".
    :param matched: for how many of them the conditions hold; None if that is not known.
    :param looked_at: how many there were.
    :param is_partial: whether there were more, which have not been looked at.
    :param note: a sentence about what is counted, and what is not.
    """

    label: "StrOrPromise"
    matched: int | None
    looked_at: int
    is_partial: bool = False
    note: "StrOrPromise" = ""


class Provider(Protocol):
    """The interface of a provider. If a method raises, the admin goes without its result."""

    def dialects(self) -> Sequence[str]:
        """Return the names of the dialects of the API."""

    def preview(self, switch: Switch, conditions: Conditions) -> Sequence[Matched]:
        """Return how many callers of the last ``WINDOW`` the conditions hold for, by kind."""


#: The provider, if one is registered.
providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Set the provider, replacing any other."""
    providers[:] = [provider]


def is_provided() -> bool:
    """Return whether a provider is registered."""
    return bool(providers)


def preview_of(switch: Switch, conditions: Conditions) -> Sequence[Matched] | None:
    """Return how many callers of the last ``WINDOW`` the conditions hold for, by kind.

    :returns: None without a provider, or if it failed, which is logged.
    """
    for provider in providers:
        try:
            return provider.preview(switch, conditions)
        except Exception:
            logger.exception("Could not preview the conditions of %s.", switch.name)
    return None


def require_known_dialect(conditions: Conditions) -> None:
    """Refuse a dialect that the API does not have, such as a misspelled one.

    :raises InvalidCondition: naming those that it has.
    """
    if not conditions.dialect:
        return
    for provider in providers:
        try:
            known = provider.dialects()
        except Exception:
            logger.exception("Could not list the dialects.")
            continue
        if conditions.dialect not in known:
            raise InvalidCondition(
                "dialect",
                gettext_noop("There is no such dialect. There are: %(known)s."),
                known=", ".join(known),
            )
