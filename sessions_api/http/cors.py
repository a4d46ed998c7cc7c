"""Values for the settings of django-cors-headers: the API's request and response headers.

This module imports nothing, so that settings modules can import it.
"""

#: For ``CORS_ALLOW_HEADERS``.
ALLOW_HEADERS = (
    "authorization",
    "content-type",
    "user-agent",
    "x-request-id",
    "x-session-name",
    "x-token-name",
)

#: For ``CORS_EXPOSE_HEADERS``.
EXPOSE_HEADERS = (
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Skipped",
    "RateLimit-Reason",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)

#: For ``CORS_ALLOW_HEADERS`` too, if ``COOKIES`` is on.
ALLOW_COOKIE_HEADERS = ("x-csrftoken", "x-session-cookie")

#: For ``CORS_EXPOSE_HEADERS`` too, if ``COOKIES`` is on.
EXPOSE_COOKIE_HEADERS = ("X-CSRFToken",)
