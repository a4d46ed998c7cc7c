"""The description of WolfPal."""

from dataclasses import replace

from sessions_api.http.dialects.wolfpal.urls import urlpatterns
from sessions_api.http.dialects.wolfpal.viewsets import SessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.operations import RESOURCES
from sessions_api.http.openapi.structures import (
    COUNT,
    TIMESTAMP,
    Structure,
    array,
    flag,
    outcome,
    record,
    text,
)
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions

FORM = SessionViewSet()

DEVICE = record(
    browser=text(),
    version=text(),
    platform=text(),
    os=text(),
    isDev=flag("Whether it is a developers' tool."),
)
SESSION = record(
    device={**DEVICE, "description": "Where the login came from; parts not known are `unknown`."},
    location=text("`City, Region Country`, or `unknown`."),
    _id=text("The session's id.", pattern="^[1-9][0-9]*$"),
    expireAt=TIMESTAMP,
    createdAt=TIMESTAMP,
)

ALL_ENDED = outcome(FORM.render_ended_all(2))
#: Where the body has named them.
SOME_ENDED = outcome(FORM.render_ended_many(2), count=COUNT)

SESSIONS = RESOURCES[Sessions]
#: All of them at once.
LIST = replace(SESSIONS.operations["list"], parameters=())

WOLFPAL = Dialect(
    name="wolfpal",
    title="Cumulonimbus: WolfPal",
    description="One's own sessions, with their devices and places.",
    urlpatterns=urlpatterns,
    structures={
        "SessionList": Structure(
            record(sessions=array(SESSION)),
            {"sessions": [FORM.render_session(samples.SESSION)]},
            item_id="/sessions/0/_id",
        ),
        "DeleteSession": outcome(FORM.render_ended()),
        "DeleteSessions": Structure(
            {"oneOf": [ALL_ENDED.schema, SOME_ENDED.schema]}, ALL_ENDED.example
        ),
    },
    resources=RESOURCES
    | {SessionViewSet: replace(SESSIONS, operations={**SESSIONS.operations, "list": LIST})},
)
