"""Response headers: Header Objects, and the headers of each status."""

from sessions_api.http.schemas import Schema, integer, text

HEADERS: dict[str, dict[str, object]] = {
    "RateLimit-Limit": {
        "description": "The number of requests allowed in a window.",
        "schema": integer(minimum=1),
    },
    "RateLimit-Remaining": {
        "description": "The number of requests left in the current window.",
        "schema": integer(minimum=0),
    },
    "RateLimit-Reset": {
        "description": "Seconds until the current window ends.",
        "schema": integer(minimum=0),
    },
    "RateLimit-Skipped": {
        "description": "Present if the request was not counted.",
        "schema": {"const": "true"},
    },
    "RateLimit-Reason": {
        "description": "The limit that was exceeded: the endpoint's burst limit, or another.",
        "schema": text(enum=["standard", "burst"]),
        "required": True,
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "schema": integer(minimum=1),
        "required": True,
    },
    "Retry-When-Overloaded": {
        "description": "Seconds to wait before trying again. Absent if a kill switch is on.",
        "schema": integer(minimum=1),
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "schema": {"const": "Bearer"},
        "required": True,
    },
}

LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
REFUSED = ("RateLimit-Reason", "Retry-After")


def headers_of(status: int) -> dict[str, Schema]:
    """Return the headers of a response with a status, as references to components.

    Rate limit headers are required only for 429. Staff actions do not return them to staff, and
    nothing does if ``RATELIMIT_ENABLE`` is off.
    """
    names: list[str] = []
    if status == 429:
        names += [*LIMITS, "RateLimit-Skipped", *REFUSED]
    # A 503 is raised before the request is counted.
    elif status != 503:
        names += [*LIMITS, "RateLimit-Skipped"]
    if status == 401:
        names.append("WWW-Authenticate")
    components = {name: name for name in names}
    if status == 503:
        components["Retry-After"] = "Retry-When-Overloaded"
    return {name: {"$ref": f"#/components/headers/{one}"} for name, one in components.items()}
