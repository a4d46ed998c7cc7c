"""The OpenAPI description of v3."""

from sessions_api.http.dialects.shapes import SESSIONS_ENDED_IN_V3
from sessions_api.http.dialects.v3 import shapes
from sessions_api.http.dialects.v3.urls import urlpatterns
from sessions_api.http.dialects.v3.viewsets import CurrentSessionViewSet, OwnSessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.parameters import TOKEN_NAME, yes
from sessions_api.http.openapi.structures import SUCCESSFUL_AUTH, listed, shaped

V3 = Dialect(
    name="v3",
    title="Cumulonimbus v3",
    description=(
        "Sessions: the caller's own and, for staff, any user's. The paths of older examples also "
        "work: `/session…` for `/user/session…`, and `DELETE /sessions/all` for "
        "`DELETE /user/sessions/all`. To get a token, log in with `POST /user/session`, and enter "
        "`token` of the answer under *Authorize*, as `bearer`."
    ),
    urlpatterns=urlpatterns,
    structures={
        "SuccessfulAuth": SUCCESSFUL_AUTH,
        "Session": shaped(shapes.SESSION, samples.SESSION),
        "SessionList": listed(shapes.SESSION_LIST, samples.SESSION, key="iat"),
        "DeleteSession": shaped(shapes.SESSION_ENDED, None),
        "DeleteSessions": shaped(SESSIONS_ENDED_IN_V3, 2),
    },
    parameters={
        CurrentSessionViewSet: {"create": [TOKEN_NAME]},
        OwnSessionViewSet: {
            "destroy_all": [
                yes("allButSelf", "Whether to keep the current session."),
                yes("allbutSelf", "The same as `allButSelf`."),
            ]
        },
    },
)
