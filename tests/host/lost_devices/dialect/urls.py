"""The paths, to be included by a project."""

from sessions_api.http.dialects.base import SEGMENT, fallback_route, route
from sessions_api.http.openapi.description import Description
from sessions_api.http.openapi.urls import documentation_routes

from .errors import render_error
from .openapi import dialect_of
from .viewsets import DeviceViewSet, SignInViewSet

endpoints = [
    route("sign-in", SignInViewSet, post="create"),
    route("mine", DeviceViewSet, get="list"),
    route(rf"mine/(?P<device>{SEGMENT})/lost", DeviceViewSet, post="report"),
]

urlpatterns = [
    *endpoints,
    # /schema/ and /docs/
    *documentation_routes([Description(dialect_of(endpoints), [""])]),
    # Everything else is 404, in the form of this dialect.
    fallback_route(render_error),
]
