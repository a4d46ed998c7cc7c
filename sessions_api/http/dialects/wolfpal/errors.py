"""Errors as WolfPal words them, where it is not as :mod:`sessions_api.exceptions` has it. The text
stands under ``error``.
"""

from sessions_api.exceptions import InvalidSession
from sessions_api.http.errors import ErrorForm, Wording

render_error = ErrorForm(
    Wording(InvalidSession, status=401, code="UNAUTHORIZED", message="Unauthorized."),
    Wording(InvalidSession, code="SESSION_NOT_FOUND", message="Session not found."),
    message_field="error",
)
