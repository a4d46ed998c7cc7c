"""The URL patterns of the descriptions and of Swagger UI."""

from collections.abc import Sequence

from django.urls import re_path
from django.urls.resolvers import URLPattern

from sessions_api.http.openapi.description import Description
from sessions_api.http.openapi.views import DescriptionView, SwaggerView


def documentation_routes(descriptions: Sequence[Description]) -> list[URLPattern]:
    """Return the URL patterns for the root of the API; put them before its fallback.

    They are ``schema/<dialect>/``, ``schema/`` for the first dialect, and ``docs/`` for Swagger UI.
    """
    return [
        re_path(r"^schema/?\Z", DescriptionView.as_view(description=descriptions[0])),
        *(
            re_path(rf"^schema/{one.dialect.name}/?\Z", DescriptionView.as_view(description=one))
            for one in descriptions
        ),
        re_path(r"^docs/?\Z", SwaggerView.as_view(descriptions=descriptions)),
    ]
