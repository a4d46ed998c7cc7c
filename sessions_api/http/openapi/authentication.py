"""The drf-spectacular extension for token authentication."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


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
