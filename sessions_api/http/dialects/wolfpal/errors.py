"""Error codes and messages of WolfPal that differ from those in :mod:`sessions_api.exceptions`.

The message is in the field ``error``.
"""

from sessions_api.exceptions import InvalidSession
from sessions_api.http.errors import ErrorForm, Wording

render_error = ErrorForm(
    Wording(InvalidSession, status=401, code="UNAUTHORIZED", message="Unauthorized."),
    Wording(InvalidSession, code="SESSION_NOT_FOUND", message="Session not found."),
    message_field="error",
)
