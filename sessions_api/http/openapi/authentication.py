"""The drf-spectacular extensions for authentication by tokens and by cookies."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from sessions_api.conf import api_settings
from sessions_api.http.cookies.csrf import ASKS_FOR_COOKIES, SAFE_METHODS, TOKEN_HEADER
from sessions_api.http.cookies.token_cookie import cookie_name


class SessionTokenScheme(OpenApiAuthenticationExtension):
    """The security schemes: a session token with and without ``Bearer``."""

    target_class = "sessions_api.http.authentication.SessionTokenAuthentication"
    name = ["bearer", "rawToken"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, object]]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "Recommended: `Authorization: Bearer <token>` (RFC 6750).",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "For older clients: `Authorization: <token>`.",
            },
        ]


class SessionCookieScheme(OpenApiAuthenticationExtension):
    """The security scheme of the cookie, with a CSRF token for unsafe methods."""

    target_class = "sessions_api.http.cookies.authentication.SessionCookieAuthentication"

    @property
    def name(self) -> list[str]:  # type: ignore[override]
        """The names of the schemes; none if the API knows no cookies."""
        return ["sessionCookie", "csrfToken"] if api_settings().cookies_in_api else []

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        is_safe = auto_schema.method in SAFE_METHODS
        names = self.name[:1] if is_safe else self.name
        return [{name: [] for name in names}] if names else []

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, object]]:
        return [
            {
                "type": "apiKey",
                "in": "cookie",
                "name": cookie_name(),
                "description": (
                    f"Set by a login with `{ASKS_FOR_COOKIES}: true`. Requests with an "
                    "`Authorization` header are judged by that alone."
                ),
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": TOKEN_HEADER,
                "description": (
                    f"Handed out in the header `{TOKEN_HEADER}` of responses to requests with "
                    f"`{ASKS_FOR_COOKIES}: true`."
                ),
            },
        ]
