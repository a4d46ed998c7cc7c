"""The generator of a dialect's description, based on drf-spectacular's."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from django.urls.resolvers import URLPattern
from drf_spectacular.drainage import reset_generator_stats
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.plumbing import normalize_result_object
from drf_spectacular.settings import spectacular_settings

from sessions_api import __version__
from sessions_api.http.openapi import authentication as authentication
from sessions_api.http.openapi import fields as fields
from sessions_api.http.openapi import scopes
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.headers import HEADERS
from sessions_api.http.openapi.links import Operation, add_links
from sessions_api.http.openapi.schema import EndpointSchema
from sessions_api.http.schemas import Schema

OPENAPI = "3.1.1"

#: The default for ``SPECTACULAR_SETTINGS["CONTACT"]``.
CONTACT = {"name": "The operators of this service"}


class Enumerator(EndpointEnumerator):
    """Enumerates endpoints, each action once: under GET, if that is one of its methods."""

    def get_allowed_methods(self, callback: Any) -> list[str]:
        methods = super().get_allowed_methods(callback)
        get_last = sorted(methods, key=lambda method: method == "GET")
        by_action = {callback.actions[method.lower()]: method for method in get_last}
        return sorted(by_action.values())

    def get_path_from_regex(self, path_regex: str) -> str:
        """Return the path without the optional trailing slash."""
        return super().get_path_from_regex(path_regex).rstrip("/") or "/"


class Generator(SchemaGenerator):
    """Generates the description of a dialect's endpoints."""

    endpoint_inspector_cls = Enumerator

    def __init__(self, dialect: Dialect, patterns: Sequence[URLPattern]) -> None:
        super().__init__(patterns=list(patterns))
        self.dialect = dialect

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)
        self._set_schema_to_view(view, EndpointSchema(self.dialect))
        return view

    def get_schema(self, request: Any = None, public: bool = True) -> Schema:
        """Return the OpenAPI Object, without servers."""
        reset_generator_stats()
        paths = self.parse(request, public)
        endpoints = (
            Operation(path, method, callback.cls, callback.actions[method.lower()])
            for path, _, method, callback in cast(Any, self.endpoints)
        )
        add_links(paths, endpoints, self.dialect)
        document = {
            "openapi": OPENAPI,
            "info": {
                "title": self.dialect.title,
                "version": __version__,
                "summary": "Login sessions over REST",
                "description": self.dialect.description,
                "contact": spectacular_settings.CONTACT or CONTACT,
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "tags": self._tags(paths),
            "paths": paths,
            "components": self.registry.build({"headers": HEADERS}),
            **scopes.extension(),
        }
        return dict(normalize_result_object(document))

    def _tags(self, paths: Schema) -> list[dict[str, str]]:
        """Return the Tag Objects of the tags in use."""
        used = {tag for item in paths.values() for one in item.values() for tag in one["tags"]}
        tags = dict.fromkeys(resource.tag for resource in self.dialect.resources.values())
        return [asdict(tag) for tag in tags if tag.name in used]
