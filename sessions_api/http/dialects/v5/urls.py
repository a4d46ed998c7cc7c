"""The URL patterns of v5."""

from sessions_api.http.dialects import extensions
from sessions_api.http.dialects.base import SEGMENT, route
from sessions_api.http.dialects.v5.viewsets import (
    DIALECT,
    KillSwitchViewSet,
    LoginViewSet,
    OwnSessionViewSet,
    StaffSessionViewSet,
)

OWN = "users/me/sessions"
ANYBODYS = rf"users/(?P<uid>{SEGMENT})/sessions"
SID = rf"(?P<sid>{SEGMENT})"

urlpatterns = [
    route(OWN, OwnSessionViewSet, get="list", post="create", delete="destroy_many"),
    route(rf"{OWN}/all", OwnSessionViewSet, delete="destroy_all"),
    route(rf"{OWN}/{SID}", OwnSessionViewSet, get="retrieve", delete="destroy"),
    route("login", LoginViewSet, post="create"),
    route(ANYBODYS, StaffSessionViewSet, get="list", delete="destroy_many"),
    route(rf"{ANYBODYS}/all", StaffSessionViewSet, delete="destroy_all"),
    route(rf"{ANYBODYS}/{SID}", StaffSessionViewSet, get="retrieve", delete="destroy"),
    route("killswitches", KillSwitchViewSet, get="list", delete="destroy_all"),
    route(
        rf"killswitches/(?P<number>{SEGMENT})", KillSwitchViewSet, put="update", delete="destroy"
    ),
    *extensions.urlpatterns(DIALECT),
]
