"""Errors as problems (RFC 9457)."""

from sessions_api.exceptions import ApiError


def render_error(error: ApiError) -> dict[str, object]:
    """Return the body of an error."""
    kind = error.code.removesuffix("_ERROR").replace("_", "-").lower()
    return {
        "type": f"urn:problem:{kind}",
        "title": error.message,
        "status": error.status,
        **error.data,
    }
