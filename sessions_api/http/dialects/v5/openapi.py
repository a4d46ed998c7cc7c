"""The OpenAPI description of v5."""

from sessions_api.http.dialects import extensions
from sessions_api.http.dialects.shapes import SESSION_ENDED, SESSIONS_ENDED
from sessions_api.http.dialects.v5 import shapes
from sessions_api.http.dialects.v5.urls import urlpatterns
from sessions_api.http.dialects.v5.viewsets import DIALECT, OwnSessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.operations import RESOURCES
from sessions_api.http.openapi.parameters import INCLUDE_SELF
from sessions_api.http.openapi.structures import SUCCESSFUL_AUTH, listed, shaped
from sessions_api.http.viewsets.hello import GREETING
from sessions_api.http.viewsets.killswitches import SWITCH_LIST

STRUCTURES = {
    "Hello": shaped(GREETING, None),
    "SuccessfulAuth": SUCCESSFUL_AUTH,
    "Session": shaped(shapes.SESSION, samples.SESSION),
    "SessionList": listed(shapes.SESSION_LIST, samples.SESSION),
    "ScopedSession": shaped(
        shapes.SCOPED_SESSION, (samples.SCOPED_SESSION, samples.TOKEN), item_id="/id"
    ),
    "DeleteSession": shaped(SESSION_ENDED, None),
    "DeleteSessions": shaped(SESSIONS_ENDED, 2),
    "KillSwitchList": listed(SWITCH_LIST, samples.SWITCH),
}

V5 = Dialect(
    name="v5",
    title="Cumulonimbus v5",
    description=(
        "Sessions, scoped sessions, second factors and kill switches. To get a token, log in with "
        "`POST /login`, and enter `token` of the answer under *Authorize*, as `bearer`."
    ),
    urlpatterns=urlpatterns,
    structures=STRUCTURES | extensions.structures(DIALECT),
    parameters={OwnSessionViewSet: {"destroy_all": INCLUDE_SELF}},
    resources=RESOURCES | extensions.resources(DIALECT),
)
