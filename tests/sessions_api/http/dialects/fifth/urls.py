"""The URL patterns of the fifth dialect."""

from sessions_api.http.dialects.base import SEGMENT, fallback_route, route
from tests.sessions_api.http.dialects.fifth.viewsets import (
    LoginViewSet,
    SessionViewSet,
    render_error,
)

urlpatterns = [
    route("tokens", LoginViewSet, post="create"),
    route("mine", SessionViewSet, get="list"),
    route(rf"mine/(?P<sid>{SEGMENT})", SessionViewSet, delete="destroy"),
]

fallback = fallback_route(render_error)
