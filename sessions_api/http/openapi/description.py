"""The description of a dialect at the paths where a host has mounted it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls.resolvers import URLPattern

from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.generator import Generator
from sessions_api.http.schemas import Schema


@dataclass(frozen=True, eq=False)
class Description:
    """The description of a mounted dialect.

    :param dialect: the dialect.
    :param prefixes: its paths below the root of the host's API, the preferred one first.
    :param root_routes: routes outside the dialect's prefix that belong to this description.
    """

    dialect: Dialect
    prefixes: Sequence[str]
    root_routes: Sequence[URLPattern] = ()

    def document(self, root: str) -> Schema:
        """Return the OpenAPI Object.

        :param root: the path of the host's API, with a trailing slash.
        """
        servers = [{"url": f"{root}{prefix}".rstrip("/") or "/"} for prefix in self.prefixes]
        info, paths = dict(self._document), dict(self._document["paths"])
        for path in self._paths_beside:
            paths[path] = {"servers": [{"url": root.rstrip("/") or "/"}], **paths[path]}
        return {**info, "servers": servers, "paths": paths}

    @cached_property
    def _document(self) -> Schema:
        return Generator(self.dialect, [*self.root_routes, *self.dialect.urlpatterns]).get_schema()

    @cached_property
    def _paths_beside(self) -> list[str]:
        return list(Generator(self.dialect, self.root_routes).get_schema()["paths"])
