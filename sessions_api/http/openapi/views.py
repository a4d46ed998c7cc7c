"""Views of the descriptions and of Swagger UI, which are always open to everyone."""

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

#: Descriptions are public. A stale copy is revalidated by its ETag.
CACHE_CONTROL = "public, max-age=300"


class FirstRendererByDefault(DefaultContentNegotiation):
    """Content negotiation that falls back to the first renderer instead of a 406."""

    def select_renderer(self, request: Request, renderers: Any, *args: Any) -> Any:
        try:
            return super().select_renderer(request, renderers, *args)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


class OpenView(GatedView):
    """Base class of views that are open to everyone and not described themselves.

    The rates that all endpoints share still apply.
    """

    content_negotiation_class = FirstRendererByDefault
    http_method_names = ["get", "head"]
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        self.gate = Gate(request, endpoint=type(self).__name__)
        self.gate.enter(ALWAYS_OPEN)
        super().initial(request, *args, **kwargs)


class DescriptionView(OpenView):
    """The OpenAPI document of a dialect, in YAML or JSON by ``Accept`` or ``?format=``."""

    renderer_classes = [
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
        OpenApiJsonRenderer,
        OpenApiJsonRenderer2,
    ]
    #: Set through ``as_view()``.
    description: Description = None  # type: ignore[assignment]

    def get(self, request: Request) -> HttpResponseBase:
        """Return the document, or 304 if ``If-None-Match`` matches its ETag (RFC 9110, 13.1.2).

        Other conditional headers are ignored: a description has no date, no ranges, and cannot be
        written.
        """
        root, _, _ = request.path.rpartition("schema")
        renderer = request.accepted_renderer
        found = rendering(self.description, root, renderer.format)
        # A strong ETag must also differ between media types of the same content.
        etag = f'"{found.digest}:{renderer.media_type}"'
        headers = {"Cache-Control": CACHE_CONTROL, "ETag": etag, "Vary": "Accept"}
        if {"*", etag, f"W/{etag}"} & set(parse_etags(request.headers.get("If-None-Match", ""))):
            return HttpResponseNotModified(headers=headers)
        return HttpResponse(found.content, content_type=renderer.media_type, headers=headers)


class SwaggerView(OpenView):
    """Swagger UI with a choice of descriptions; the first one is preselected."""

    #: Set through ``as_view()``.
    descriptions: Sequence[Description] = ()

    def get(self, request: Request) -> HttpResponse:
        root, _, _ = request.path.rpartition("docs")
        choice = [
            {"url": f"{root}schema/{one.dialect.name}/", "name": one.dialect.title}
            for one in self.descriptions
        ]
        context = {"choice": choice, "title": self.descriptions[0].dialect.title}
        page = render(request, "sessions_api/swagger_ui.html", context)
        # Users enter tokens on this page, and the clickjacking middleware does not cover the API.
        page["X-Frame-Options"] = "DENY"
        return page
