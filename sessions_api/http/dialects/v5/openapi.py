"""The description of v5."""

from sessions_api import __version__
from sessions_api.http.dialects import extensions
from sessions_api.http.dialects.v5.urls import urlpatterns
from sessions_api.http.dialects.v5.viewsets import DIALECT, OwnSessionViewSet
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.operations import RESOURCES
from sessions_api.http.openapi.parameters import INCLUDE_SELF
from sessions_api.http.openapi.structures import (
    COUNT,
    EXPIRY,
    SESSION_ID,
    SESSION_NAME,
    SUCCESSFUL_AUTH,
    TIMESTAMP,
    TOKEN,
    Structure,
    flag,
    integer,
    listed,
    nullable,
    outcome,
    record,
    text,
)

FORM = OwnSessionViewSet()

SESSION = {
    "id": SESSION_ID,
    "exp": EXPIRY,
    "name": SESSION_NAME,
    "permissionFlags": nullable(integer("The scopes of a scoped session.")),
    "usedAt": nullable(TIMESTAMP),
    "createdAt": TIMESTAMP,
    "updatedAt": TIMESTAMP,
}
SESSION_ITEM = record(id=SESSION_ID, name=SESSION_NAME)
KILL_SWITCH = record(id=integer("The switch's number."), name=text(), state=flag("Whether on."))

STRUCTURES = {
    "Hello": outcome({"hello": "world", "version": __version__}, version=text()),
    "SuccessfulAuth": SUCCESSFUL_AUTH,
    "Session": Structure(record(**SESSION), FORM.render_session(samples.SESSION)),
    "SessionList": listed(SESSION_ITEM, FORM.render_item(samples.SESSION)),
    "ScopedSession": Structure(
        record(**SESSION, token=TOKEN),
        FORM.render_session(samples.SCOPED_SESSION) | {"token": samples.TOKEN},
        item_id="/id",
    ),
    "DeleteSession": outcome(FORM.render_ended()),
    "DeleteSessions": outcome(FORM.render_ended_many(2), count=COUNT),
    "KillSwitchList": listed(KILL_SWITCH, {"id": 1, "name": "ACCOUNT_MODIFY", "state": False}),
}

V5 = Dialect(
    name="v5",
    title="Cumulonimbus v5",
    description="Sessions, scoped sessions, second factors and kill switches.",
    urlpatterns=urlpatterns,
    structures=STRUCTURES | extensions.structures(DIALECT),
    parameters={OwnSessionViewSet: {"destroy_all": INCLUDE_SELF}},
    resources=RESOURCES | extensions.resources(DIALECT),
)
