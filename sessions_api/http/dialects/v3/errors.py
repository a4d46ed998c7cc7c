"""Errors as v3 words them."""

from typing import Any

from sessions_api.exceptions import (
    ApiError,
    Banned,
    BodyTooLarge,
    InsufficientPermissions,
)
from sessions_api.http.errors import envelope

#: Where v3 has another message than the dialects after it.
MESSAGES = {
    BodyTooLarge.code: "Request Body Too Large",
    InsufficientPermissions.code: "Missing Permissions",
    Banned.code: "Account Banned",
}


def render_error(error: ApiError) -> dict[str, Any]:
    return envelope(error) | {"message": MESSAGES.get(error.code, error.message)}
