"""The port through which other apps add pages to the account pages."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls.resolvers import URLPattern
from django.utils.functional import Promise
from django.utils.module_loading import import_string


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


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Pages that an app adds.

    :param urlpatterns: the dotted path of a list of patterns, whose names are in the namespace
        ``account``. It is imported once the URLs are loaded.
    :param links: the links to them at the top of each page.
    """

    urlpatterns: str
    links: tuple[Link, ...] = ()


_extensions: dict[str, Extension] = {}


def register(extension: Extension) -> None:
    """Register an extension. Call this from the ``ready()`` method of the app's configuration."""
    _extensions[extension.urlpatterns] = extension


def further_urlpatterns() -> list[URLPattern]:
    """Return the patterns of all extensions."""
    lists = [import_string(one.urlpatterns) for one in _extensions.values()]
    return [pattern for patterns in lists for pattern in patterns]


def further_links() -> list[Link]:
    """Return the links of all extensions."""
    return [link for one in _extensions.values() for link in one.links]
