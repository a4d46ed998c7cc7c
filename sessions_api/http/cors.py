"""What pages of other origins send to this API and read of its answers: values for the settings of
django-cors-headers. It imports nothing, so that settings may import it."""

#: For ``CORS_ALLOW_HEADERS``.
ALLOW_HEADERS = ("authorization", "content-type", "user-agent", "x-session-name", "x-token-name")

#: For ``CORS_EXPOSE_HEADERS``.
EXPOSE_HEADERS = (
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Skipped",
    "RateLimit-Reason",
    "Retry-After",
    "WWW-Authenticate",
)
