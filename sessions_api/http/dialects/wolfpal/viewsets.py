"""The endpoints of WolfPal, each with its policy."""

from typing import Any

from rest_framework.request import Request

from sessions_api.exceptions import ApiError, InvalidSession
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.dialects import base
from sessions_api.http.errors import envelope
from sessions_api.http.viewsets.bodies import has_content
from sessions_api.http.viewsets.owners import OwnedByCaller
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions
from sessions_api.models import UserSession

UNKNOWN = "unknown"


class SessionViewSet(OwnedByCaller, Sessions):
    ids_input_class = base.SessionsInput
    optional_input_classes = {"destroy_all": base.SessionsInput}
    policies = {"list": base.READ, "destroy": base.END, "destroy_all": base.END}

    def list(self, request: Request, **path: str) -> ApiResponse:
        sessions = UserSession.objects.newest_of(self.caller).active(owner=self.caller)
        return ApiResponse({"sessions": [self.render_session(one) for one in sessions]})

    def destroy_all(self, request: Request, **path: str) -> ApiResponse:
        """End all, unless the body names some of them, as that of v3 does at this path.

        A body that names none, ``{}`` for instance, may have been meant to: it ends nothing.
        """
        if not has_content(self.request):
            return super().destroy_all(request, **path)
        return self.destroy_many(request, **path)

    def spares_current(self) -> bool:
        return False

    def render_session(self, session: UserSession) -> dict[str, Any]:
        return {
            "device": {
                "browser": session.browser or UNKNOWN,
                "version": session.browser_version or UNKNOWN,
                "platform": session.platform or UNKNOWN,
                "os": session.os or UNKNOWN,
                "isDev": session.is_dev,
            },
            "location": session.location or UNKNOWN,
            "_id": str(session.sid),
            "expireAt": base.timestamp(session.expires_at),
            "createdAt": base.timestamp(session.created_at),
        }

    def render_ended(self) -> dict[str, Any]:
        return {"code": "SESSION_REVOKED", "error": "Session has been revoked."}

    def render_ended_many(self, count: int) -> dict[str, Any]:
        return base.sessions_ended_in_v3(count)

    def render_ended_all(self, count: int) -> dict[str, Any]:
        return {"code": "ALL_SESSIONS_REVOKE", "error": "All Sessions has been revoked."}

    def render_error(self, error: ApiError) -> dict[str, Any]:
        return render_error(error)


def render_error(error: ApiError) -> dict[str, Any]:
    """Errors as WolfPal words them: the text stands under ``error``."""
    match error:
        case InvalidSession(status=401):
            return {"code": "UNAUTHORIZED", "error": "Unauthorized."}
        case InvalidSession():
            return {"code": "SESSION_NOT_FOUND", "error": "Session not found."}
    body = envelope(error)
    return {"code": body.pop("code"), "error": body.pop("message"), **body}
