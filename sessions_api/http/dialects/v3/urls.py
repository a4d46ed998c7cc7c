"""The URL patterns of v3."""

from sessions_api.http.dialects.base import SEGMENT, fallback_route, other_path, route
from sessions_api.http.dialects.v3.errors import render_error
from sessions_api.http.dialects.v3.viewsets import (
    CurrentSessionViewSet,
    OwnSessionViewSet,
    StaffSessionViewSet,
)

SID = rf"(?P<sid>{SEGMENT})"
UID = rf"(?P<uid>{SEGMENT})"

current = route("user/session", CurrentSessionViewSet, get="retrieve_current", post="create")
one = route(rf"user/session/{SID}", OwnSessionViewSet, get="retrieve", delete="destroy")
some = route("user/sessions", OwnSessionViewSet, get="list", delete="destroy_many")
every = route("user/sessions/all", OwnSessionViewSet, delete="destroy_all")

urlpatterns = [
    current,
    one,
    some,
    every,
    route(rf"user/{UID}/sessions", StaffSessionViewSet, get="list", delete="destroy_many"),
    route(rf"user/{UID}/sessions/all", StaffSessionViewSet, delete="destroy_all"),
    route(rf"user/{UID}/session/{SID}", StaffSessionViewSet, get="retrieve", delete="destroy"),
]

#: Paths as the examples in the documentation of v3 have them: without ``/user``.
#: If WolfPal is mounted at the same prefix, its ``/sessions`` comes after these and also accepts
#: v3's body.
example_urlpatterns = [
    other_path("session", current),
    other_path(rf"session/{SID}", one),
    other_path("sessions/all", every),
]
#: The same, for mounts where no other dialect uses this path.
list_urlpatterns = [other_path("sessions", some)]

fallback = fallback_route(render_error)
