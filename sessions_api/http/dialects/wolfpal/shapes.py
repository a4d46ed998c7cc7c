"""The response shapes of WolfPal."""

from collections.abc import Iterable

from sessions_api.http.schemas import TIMESTAMP, flag, text
from sessions_api.http.shapes import Field, Shape, constant, timestamp
from sessions_api.models import UserSession

UNKNOWN = "unknown"

DEVICE: Shape[UserSession] = Shape(
    browser=Field(text(), lambda session: session.browser or UNKNOWN),
    version=Field(text(), lambda session: session.browser_version or UNKNOWN),
    platform=Field(text(), lambda session: session.platform or UNKNOWN),
    os=Field(text(), lambda session: session.os or UNKNOWN),
    isDev=Field(flag("Whether it is a developer tool."), lambda session: session.is_dev),
)
SESSION: Shape[UserSession] = Shape(
    device=Field(
        {
            **DEVICE.schema,
            "description": "The device that logged in. Unknown parts are `unknown`.",
        },
        DEVICE.render,
    ),
    location=Field(
        text("`City, Region Country`, or `unknown`."),
        lambda session: session.location or UNKNOWN,
    ),
    _id=Field(text("The session's id.", pattern="^[1-9][0-9]*$"), lambda session: str(session.sid)),
    expireAt=Field(TIMESTAMP, lambda session: timestamp(session.expires_at)),
    createdAt=Field(TIMESTAMP, lambda session: timestamp(session.created_at)),
)
SESSION_LIST: Shape[Iterable[UserSession]] = Shape(sessions=SESSION.array())
SESSION_ENDED = Shape(code=constant("SESSION_REVOKED"), error=constant("Session has been revoked."))
ALL_ENDED = Shape(
    code=constant("ALL_SESSIONS_REVOKE"), error=constant("All Sessions has been revoked.")
)
