"""The headers of answers: Header Objects, and which answers carry which."""

from sessions_api.http.schemas import Schema, integer, text

HEADERS: dict[str, dict[str, object]] = {
    "RateLimit-Limit": {
        "description": "How many requests a window lets in.",
        "schema": integer(minimum=1),
    },
    "RateLimit-Remaining": {
        "description": "How many more the present window lets in.",
        "schema": integer(minimum=0),
    },
    "RateLimit-Reset": {
        "description": "The end of the present window, in seconds from now.",
        "schema": integer(minimum=0),
    },
    "RateLimit-Skipped": {
        "description": "Present where the request was not counted.",
        "schema": {"const": "true"},
    },
    "RateLimit-Reason": {
        "description": "Which limit refused: that of the endpoint's bursts, or another.",
        "schema": text(enum=["standard", "burst"]),
        "required": True,
    },
    "Retry-After": {
        "description": "When to try again, in seconds from now.",
        "schema": integer(minimum=1),
        "required": True,
    },
    "Retry-When-Overloaded": {
        "description": "When to try again, in seconds from now; absent where a kill switch is on.",
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
    """The headers of an answer.

    Staff get none of rates in what is for staff, and nobody does with ``RATELIMIT_ENABLE`` off, so
    only a 429 is sure to have them.
    """
    names: list[str] = []
    if status == 429:
        names += [*LIMITS, "RateLimit-Skipped", *REFUSED]
    # Refused before its turn to be counted.
    elif status != 503:
        names += [*LIMITS, "RateLimit-Skipped"]
    if status == 401:
        names.append("WWW-Authenticate")
    components = {name: name for name in names}
    if status == 503:
        components["Retry-After"] = "Retry-When-Overloaded"
    return {name: {"$ref": f"#/components/headers/{one}"} for name, one in components.items()}
