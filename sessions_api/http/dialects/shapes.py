"""Response fields and shapes that dialects share."""

from sessions_api.http.schemas import EXPIRY, integer, text
from sessions_api.http.shapes import COUNTED, Field, Shape, constant, unix_seconds
from sessions_api.models import UserSession

SESSION_ID: Field[UserSession] = Field(
    integer("The session's id: its creation time in UNIX seconds.", minimum=1),
    lambda session: session.sid,
)
SESSION_EXPIRY: Field[UserSession] = Field(EXPIRY, lambda session: unix_seconds(session.expires_at))
SESSION_NAME: Field[UserSession] = Field(
    text(
        "The name that the client gave, or else one made from the device. That of a login to the "
        "admin begins with `Console: `."
    ),
    lambda session: session.name,
)

#: In v4 and v5.
SESSION_ENDED = Shape(
    code=constant("DELETE_SESSION_SUCCESS"), message=constant("Session Successfully Deleted")
)
SESSIONS_ENDED: Shape[int] = Shape(
    code=constant("DELETE_SESSIONS_SUCCESS"),
    message=constant("Sessions Successfully Deleted"),
    count=COUNTED,
)
#: In v3, and in WolfPal if the request named the sessions.
SESSIONS_ENDED_IN_V3: Shape[int] = Shape(count=COUNTED, type=constant("session"))
