"""The response shapes of v4."""

from sessions_api.http.dialects.shapes import SESSION_EXPIRY, SESSION_ID, SESSION_NAME
from sessions_api.http.shapes import Shape, page_of

SESSION = Shape(id=SESSION_ID, exp=SESSION_EXPIRY, name=SESSION_NAME)
SESSION_LIST = page_of(Shape(id=SESSION_ID, name=SESSION_NAME))
