"""The description of v4."""

from sessions_api.http.dialects.v4.urls import urlpatterns
from sessions_api.http.dialects.v4.viewsets import LoginViewSet, SessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.parameters import INCLUDE_SELF, TOKEN_NAME
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
)

FORM = SessionViewSet()

V4 = Dialect(
    name="v4",
    title="Cumulonimbus v4",
    description="Sessions, one's own and, for staff, anybody's, under one set of paths.",
    urlpatterns=urlpatterns,
    structures={
        "SuccessfulAuth": SUCCESSFUL_AUTH,
        "Session": Structure(
            record(id=SESSION_ID, exp=EXPIRY, name=SESSION_NAME),
            FORM.render_session(samples.SESSION),
        ),
        "SessionList": listed(
            record(id=SESSION_ID, name=SESSION_NAME), FORM.render_item(samples.SESSION)
        ),
        "DeleteSession": outcome(FORM.render_ended()),
        "DeleteSessions": outcome(FORM.render_ended_many(2), count=COUNT),
    },
    parameters={
        LoginViewSet: {"create": [TOKEN_NAME]},
        SessionViewSet: {"destroy_all": INCLUDE_SELF},
    },
)
