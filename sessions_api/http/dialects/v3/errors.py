"""Error messages of v3 that differ from those in :mod:`sessions_api.exceptions`."""

from sessions_api.exceptions import Banned, BodyTooLarge, InsufficientPermissions
from sessions_api.http.errors import ErrorForm, Wording

render_error = ErrorForm(
    Wording(BodyTooLarge, message="Request Body Too Large"),
    Wording(InsufficientPermissions, message="Missing Permissions"),
    Wording(Banned, message="Account Banned"),
)
