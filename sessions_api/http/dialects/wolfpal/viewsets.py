"""The endpoints of WolfPal and their policies."""

from rest_framework.request import Request

from sessions_api.exceptions import ApiError
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.dialects import base
from sessions_api.http.dialects.shapes import SESSIONS_ENDED_IN_V3
from sessions_api.http.dialects.wolfpal import shapes
from sessions_api.http.dialects.wolfpal.errors import render_error
from sessions_api.http.viewsets.bodies import has_content
from sessions_api.http.viewsets.owners import OwnedByCaller
from sessions_api.http.viewsets.sessions import SessionViewSet as Sessions
from sessions_api.models import UserSession


class SessionViewSet(OwnedByCaller, Sessions):
    dialect = "wolfpal"
    ids_input_class = base.SessionsInput
    optional_input_classes = {"destroy_all": base.SessionsInput}
    ended_shape = shapes.SESSION_ENDED
    ended_many_shape = SESSIONS_ENDED_IN_V3
    ended_all_shape = shapes.ALL_ENDED
    policies = {"list": base.READ, "destroy": base.END, "destroy_all": base.END}

    def list(self, request: Request, **path: str) -> ApiResponse:
        sessions = UserSession.objects.newest_of(self.caller).active(owner=self.caller)
        return ApiResponse(shapes.SESSION_LIST.render(sessions))

    def destroy_all(self, request: Request, **path: str) -> ApiResponse:
        """End all of the caller's sessions, or those that the body names.

        Clients of v3 name sessions in the body at this path. A body that names none, such as
        ``{}``, is an error and ends nothing: it may have been meant to name some.
        """
        if not has_content(self.request):
            return super().destroy_all(request, **path)
        return self.destroy_many(request, **path)

    def keeps_current(self) -> bool:
        return False

    def render_error(self, error: ApiError) -> dict[str, object]:
        return render_error(error)
