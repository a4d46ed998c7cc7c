"""The URL patterns of WolfPal."""

from sessions_api.http.dialects.base import SEGMENT, fallback_route, route
from sessions_api.http.dialects.wolfpal.errors import render_error
from sessions_api.http.dialects.wolfpal.viewsets import SessionViewSet

urlpatterns = [
    route("sessions", SessionViewSet, get="list", delete="destroy_all"),
    route(rf"sessions/(?P<sid>{SEGMENT})", SessionViewSet, delete="destroy"),
]

fallback = fallback_route(render_error)
