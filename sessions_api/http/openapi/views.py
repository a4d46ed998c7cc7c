"""The descriptions over HTTP, and Swagger UI to browse them. Open to everybody, at all times."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.utils.http import parse_etags
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from sessions_api.http.gate import Gate
from sessions_api.http.openapi.description import Description
from sessions_api.http.openapi.rendering import rendering
from sessions_api.http.policy import ALWAYS_OPEN
from sessions_api.http.viewsets.gated import GatedView

#: Anybody may keep a description; one that has gone stale is asked for again by its ETag.
CACHE_CONTROL = "public, max-age=300"


class FirstUnlessAsked(DefaultContentNegotiation):
    """The first renderer where the client accepts none."""

    def select_renderer(self, request: Request, renderers: Any, *args: Any) -> Any:
        try:
            return super().select_renderer(request, renderers, *args)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


class OpenView(GatedView):
    """Base of views that are open to everybody, within the rates that all endpoints share. None is
    an endpoint of the API that is described."""

    content_negotiation_class = FirstUnlessAsked
    http_method_names = ["get", "head"]
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        self.gate = Gate(request, endpoint=type(self).__name__)
        self.gate.enter(ALWAYS_OPEN)
        super().initial(request, *args, **kwargs)


class DescriptionView(OpenView):
    """One dialect's OpenAPI document: YAML or JSON, by ``Accept`` or ``?format=``."""

    renderer_classes = [
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
        OpenApiJsonRenderer,
        OpenApiJsonRenderer2,
    ]
    #: Given by the route.
    description: Description = None  # type: ignore[assignment]

    def get(self, request: Request) -> HttpResponseBase:
        """The document, or 304 to who has it already (RFC 9110, 13.1.2).

        Other conditions mean nothing: a description has no date and no parts, and nobody writes it.
        """
        root, _, _ = request.path.rpartition("schema")
        renderer: Any = request.accepted_renderer
        found = rendering(self.description, root, renderer.format)
        # A strong validator tells apart what differs in its type alone.
        etag = f'"{found.digest}:{renderer.media_type}"'
        headers = {"Cache-Control": CACHE_CONTROL, "ETag": etag, "Vary": "Accept"}
        if {"*", etag, f"W/{etag}"} & set(parse_etags(request.headers.get("If-None-Match", ""))):
            return HttpResponseNotModified(headers=headers)
        return HttpResponse(found.content, content_type=renderer.media_type, headers=headers)


class SwaggerView(OpenView):
    """Swagger UI, with a choice among the descriptions; it shows the first one at first."""

    #: Given by the route.
    descriptions: Sequence[Description] = ()

    def get(self, request: Request) -> HttpResponse:
        root, _, _ = request.path.rpartition("docs")
        choice = [
            {"url": f"{root}schema/{one.dialect.name}/", "name": one.dialect.title}
            for one in self.descriptions
        ]
        page = render(request, "sessions_api/swagger_ui.html", {"choice": choice})
        # The page takes tokens, and the middleware that forbids frames passes the API by.
        page["X-Frame-Options"] = "DENY"
        return page
