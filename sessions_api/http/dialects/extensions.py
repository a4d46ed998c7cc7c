"""The port for endpoints: what plug-ins add to the dialects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls.resolvers import URLPattern
from django.utils.module_loading import import_string


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Endpoints that an app adds to a dialect, each part named by its dotted path.

    What describes them is imported where the API is described alone, and may need drf-spectacular.

    :param dialect: the name of the dialect, such as ``v5``.
    :param urlpatterns: of a list, made by :func:`sessions_api.http.dialects.base.route`.
    :param structures: of what they answer, by name, as in :mod:`sessions_api.http.openapi`.
    :param resources: of what can be done, by viewset, likewise.
    """

    dialect: str
    urlpatterns: str
    structures: str
    resources: str


_extensions: dict[str, Extension] = {}


def register(extension: Extension) -> None:
    """Add an extension, once, from the ``ready()`` of its app's configuration."""
    _extensions[extension.urlpatterns] = extension


def urlpatterns(dialect: str) -> list[URLPattern]:
    """What plug-ins add to the paths of a dialect."""
    lists = [import_string(one.urlpatterns) for one in _of(dialect)]
    return [pattern for patterns in lists for pattern in patterns]


def structures(dialect: str) -> dict[str, Any]:
    """What the endpoints of plug-ins answer."""
    return _united([import_string(one.structures) for one in _of(dialect)])


def resources(dialect: str) -> dict[type, Any]:
    """What can be done at the endpoints of plug-ins."""
    return _united([import_string(one.resources) for one in _of(dialect)])


def _of(dialect: str) -> list[Extension]:
    return [one for one in _extensions.values() if one.dialect == dialect]


def _united(parts: list[Mapping[Any, Any]]) -> dict[Any, Any]:
    return {key: value for part in parts for key, value in part.items()}
