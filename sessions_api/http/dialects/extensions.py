"""The port through which plug-ins add endpoints to dialects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.urls.resolvers import URLPattern
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from sessions_api.http.openapi.operations import Resource
    from sessions_api.http.openapi.structures import Structure

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Endpoints that an app adds to a dialect. The parts are given as dotted paths.

    ``structures`` and ``resources`` are imported only to describe the API, so their modules may
    require drf-spectacular.

    :param dialect: the name of the dialect, such as ``v5``.
    :param urlpatterns: a list of patterns from :func:`sessions_api.http.dialects.base.route`.
    :param structures: a mapping of names to the structures of responses; see
        :mod:`sessions_api.http.openapi.structures`.
    :param resources: a mapping of viewsets to resources; see
        :mod:`sessions_api.http.openapi.operations`.
    """

    dialect: str
    urlpatterns: str
    structures: str
    resources: str


_extensions: dict[str, Extension] = {}


def register(extension: Extension) -> None:
    """Register an extension. Call this from the ``ready()`` method of the app's configuration."""
    _extensions[extension.urlpatterns] = extension


def urlpatterns(dialect: str) -> list[URLPattern]:
    """Return the URL patterns that plug-ins add to a dialect."""
    lists = [import_string(one.urlpatterns) for one in _of(dialect)]
    return [pattern for patterns in lists for pattern in patterns]


def structures(dialect: str) -> dict[str, "Structure"]:
    """Return the response structures of plug-ins' endpoints, by name."""
    return _united([import_string(one.structures) for one in _of(dialect)])


def resources(dialect: str) -> dict[type, "Resource"]:
    """Return the resources of plug-ins' endpoints, by viewset."""
    return _united([import_string(one.resources) for one in _of(dialect)])


def _of(dialect: str) -> list[Extension]:
    return [one for one in _extensions.values() if one.dialect == dialect]


def _united(parts: Iterable[Mapping[K, V]]) -> dict[K, V]:
    return {key: value for part in parts for key, value in part.items()}
