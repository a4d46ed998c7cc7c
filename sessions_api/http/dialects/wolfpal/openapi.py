"""The OpenAPI description of WolfPal."""

from dataclasses import replace

from sessions_api.http.dialects.shapes import SESSIONS_ENDED_IN_V3
from sessions_api.http.dialects.wolfpal import shapes
from sessions_api.http.dialects.wolfpal.urls import urlpatterns
from sessions_api.http.dialects.wolfpal.viewsets import SessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.operations import RESOURCES
from sessions_api.http.openapi.structures import Structure, shaped
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions

ALL_ENDED = shaped(shapes.ALL_ENDED, None)
SOME_ENDED = shaped(SESSIONS_ENDED_IN_V3, 2)

SESSIONS = RESOURCES[Sessions]
#: The list is not paginated.
LIST = replace(SESSIONS.operations["list"], parameters=())

WOLFPAL = Dialect(
    name="wolfpal",
    title="Cumulonimbus: WolfPal",
    description=(
        "The caller's own sessions, with their devices and locations. To get a token, log in with "
        "another dialect, such as v5's `POST /login`, and enter `token` of the answer under "
        "*Authorize*, as `bearer`."
    ),
    urlpatterns=urlpatterns,
    structures={
        "SessionList": shaped(shapes.SESSION_LIST, [samples.SESSION], item_id="/sessions/0/_id"),
        "DeleteSession": shaped(shapes.SESSION_ENDED, None),
        "DeleteSessions": Structure(
            {"oneOf": [ALL_ENDED.schema, SOME_ENDED.schema]}, ALL_ENDED.example
        ),
    },
    resources=RESOURCES
    | {SessionViewSet: replace(SESSIONS, operations={**SESSIONS.operations, "list": LIST})},
)
