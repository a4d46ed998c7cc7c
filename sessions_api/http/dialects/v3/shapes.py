"""The response shapes of v3."""

from sessions_api.http.dialects.shapes import SESSION_EXPIRY, SESSION_ID, SESSION_NAME
from sessions_api.http.schemas import text
from sessions_api.http.shapes import Field, Shape, constant, page_of
from sessions_api.models import UserSession

#: A session, alone and in lists.
SESSION: Shape[UserSession] = Shape(
    iat=SESSION_ID,
    exp=SESSION_EXPIRY,
    sub=Field(text("The owner's id."), lambda session: str(session.user_id)),
    name=SESSION_NAME,
)
SESSION_LIST = page_of(SESSION)
SESSION_ENDED = Shape(code=constant("GENERIC_SUCCESS"), message=constant("Session Deleted"))
