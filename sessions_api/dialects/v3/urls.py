"""The paths of v3."""

from sessions_api.dialects.base import SEGMENT, fallback_route, route
from sessions_api.dialects.v3.errors import render_error
from sessions_api.dialects.v3.viewsets import (
    CurrentSessionViewSet,
    OwnSessionViewSet,
    StaffSessionViewSet,
)

SID = rf"(?P<sid>{SEGMENT})"
UID = rf"(?P<uid>{SEGMENT})"

urlpatterns = [
    route("user/session", CurrentSessionViewSet, get="retrieve_current", post="create"),
    route(rf"user/session/{SID}", OwnSessionViewSet, get="retrieve", delete="destroy"),
    route("user/sessions", OwnSessionViewSet, get="list", delete="destroy_many"),
    route("user/sessions/all", OwnSessionViewSet, delete="destroy_all"),
    route(rf"user/{UID}/sessions", StaffSessionViewSet, get="list", delete="destroy_many"),
    route(rf"user/{UID}/sessions/all", StaffSessionViewSet, delete="destroy_all"),
    route(rf"user/{UID}/session/{SID}", StaffSessionViewSet, get="retrieve", delete="destroy"),
]

#: The paths of the examples in the documentation of v3, which lack the ``/user`` of its headings.
#: Where WolfPal has ``/sessions`` too, it stands behind these and takes v3's body as well.
example_urlpatterns = [
    route("session", CurrentSessionViewSet, get="retrieve_current", post="create"),
    route(rf"session/{SID}", OwnSessionViewSet, get="retrieve", delete="destroy"),
    route("sessions/all", OwnSessionViewSet, delete="destroy_all"),
]
#: As above, where no other dialect has the path.
list_urlpatterns = [route("sessions", OwnSessionViewSet, get="list", delete="destroy_many")]

fallback = fallback_route(render_error)
