"""The URL patterns of v4. They collide with those of v5, so v4 needs a prefix of its own."""

from sessions_api.http.dialects.base import SEGMENT, route
from sessions_api.http.dialects.v4.viewsets import LoginViewSet, SessionViewSet

SESSIONS = rf"users/(?P<uid>{SEGMENT})/sessions"

urlpatterns = [
    route("login", LoginViewSet, post="create"),
    route(SESSIONS, SessionViewSet, get="list", delete="destroy_many"),
    route(f"{SESSIONS}/all", SessionViewSet, delete="destroy_all"),
    route(rf"{SESSIONS}/(?P<sid>{SEGMENT})", SessionViewSet, get="retrieve", delete="destroy"),
]
