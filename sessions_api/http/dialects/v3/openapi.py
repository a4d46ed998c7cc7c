"""The description of v3."""

from sessions_api.http.dialects.v3.urls import urlpatterns
from sessions_api.http.dialects.v3.viewsets import CurrentSessionViewSet, OwnSessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.parameters import TOKEN_NAME, yes
from sessions_api.http.openapi.structures import (
    COUNT,
    EXPIRY,
    SESSION_ID,
    SESSION_NAME,
    SUCCESSFUL_AUTH,
    Structure,
    listed,
    outcome,
    record,
    text,
)

FORM = OwnSessionViewSet()
SESSION = record(iat=SESSION_ID, exp=EXPIRY, sub=text("The owner's id."), name=SESSION_NAME)

V3 = Dialect(
    name="v3",
    title="Cumulonimbus v3",
    description=(
        "Sessions, one's own and, for staff, anybody's. The paths of older examples work as well: "
        "`/session…` is `/user/session…`, and so is `DELETE /sessions/all`."
    ),
    urlpatterns=urlpatterns,
    structures={
        "SuccessfulAuth": SUCCESSFUL_AUTH,
        "Session": Structure(SESSION, FORM.render_session(samples.SESSION)),
        "SessionList": listed(SESSION, FORM.render_item(samples.SESSION), key="iat"),
        "DeleteSession": outcome(FORM.render_ended()),
        "DeleteSessions": outcome(FORM.render_ended_many(2), count=COUNT),
    },
    parameters={
        CurrentSessionViewSet: {"create": [TOKEN_NAME]},
        OwnSessionViewSet: {
            "destroy_all": [
                yes("allButSelf", "Whether the current session goes on."),
                yes("allbutSelf", "The same as `allButSelf`."),
            ]
        },
    },
)
