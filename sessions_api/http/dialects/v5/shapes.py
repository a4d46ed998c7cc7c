"""The response shapes of v5."""

from sessions_api.http.dialects.shapes import SESSION_EXPIRY, SESSION_ID, SESSION_NAME
from sessions_api.http.schemas import TIMESTAMP, integer, nullable
from sessions_api.http.shapes import Field, Shape, page_of, timestamp
from sessions_api.http.viewsets.login import NEW_TOKEN
from sessions_api.models import UserSession

SESSION: Shape[UserSession] = Shape(
    id=SESSION_ID,
    exp=SESSION_EXPIRY,
    name=SESSION_NAME,
    permissionFlags=Field(
        nullable(integer("The scopes of a scoped session; null for a login.")),
        lambda session: session.permission_flags,
    ),
    usedAt=Field(
        nullable(TIMESTAMP),
        lambda session: timestamp(session.used_at) if session.used_at else None,
    ),
    createdAt=Field(TIMESTAMP, lambda session: timestamp(session.created_at)),
    # Once created, a session changes only when it is used.
    updatedAt=Field(TIMESTAMP, lambda session: timestamp(session.used_at or session.created_at)),
)
#: A new scoped session, with its token.
SCOPED_SESSION: Shape[tuple[UserSession, str]] = SESSION.of(lambda begun: begun[0], token=NEW_TOKEN)
SESSION_LIST = page_of(Shape(id=SESSION_ID, name=SESSION_NAME))
