"""The OpenAPI description of v4."""

from sessions_api.http.dialects.shapes import SESSION_ENDED, SESSIONS_ENDED
from sessions_api.http.dialects.v4 import shapes
from sessions_api.http.dialects.v4.urls import urlpatterns
from sessions_api.http.dialects.v4.viewsets import LoginViewSet, SessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.parameters import INCLUDE_SELF, TOKEN_NAME
from sessions_api.http.openapi.structures import SUCCESSFUL_AUTH, listed, shaped

V4 = Dialect(
    name="v4",
    title="Cumulonimbus v4",
    description=(
        "Sessions: the caller's own and, for staff, any user's, under one set of paths. To get a "
        "token, log in with `POST /login`, and enter `token` of the answer under *Authorize*, as "
        "`bearer`."
    ),
    urlpatterns=urlpatterns,
    structures={
        "SuccessfulAuth": SUCCESSFUL_AUTH,
        "Session": shaped(shapes.SESSION, samples.SESSION),
        "SessionList": listed(shapes.SESSION_LIST, samples.SESSION),
        "DeleteSession": shaped(SESSION_ENDED, None),
        "DeleteSessions": shaped(SESSIONS_ENDED, 2),
    },
    parameters={
        LoginViewSet: {"create": [TOKEN_NAME]},
        SessionViewSet: {"destroy_all": INCLUDE_SELF},
    },
)
