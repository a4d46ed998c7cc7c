"""The links at the top of each page."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Link:
    """A link to a page.

    :param name: the page's name in the URLs.
    :param label: what the link says.
    :param is_offered: returns whether the page can be used at all.
    """

    name: str
    label: Promise
    is_offered: Callable[[], bool] = lambda: True


LINKS = (
    Link("account:sessions", _("Where you are logged in")),
    Link("account:password", _("New password")),
)


def links() -> list[Link]:
    """Return the links that are offered, in their order."""
    return [link for link in LINKS if link.is_offered()]
