"""The paths of v3."""

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

#: The paths of the examples in the documentation of v3, which lack the ``/user`` of its headings.
#: Where WolfPal has ``/sessions`` too, it stands behind these and takes v3's body as well.
example_urlpatterns = [
    other_path("session", current),
    other_path(rf"session/{SID}", one),
    other_path("sessions/all", every),
]
#: As above, where no other dialect has the path.
list_urlpatterns = [other_path("sessions", some)]

fallback = fallback_route(render_error)
