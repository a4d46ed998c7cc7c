"""Minting scoped sessions: API tokens with a mask of what they may do."""

from datetime import timedelta
from typing import ClassVar

from rest_framework.request import Request

from sessions_api.callers.clients import Client
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.shapes import Shape
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.models import UserSession
from sessions_api.services.sessions import create_scoped_session


class ScopedSessionCreation(ApiViewSet):
    """Mixed into the viewset of one's own sessions.

    A dialect says how long such sessions last and what shape the answer has, and reads ``name``,
    ``permission_flags`` and ``long_lived`` as the input of the action ``create``.
    """

    lifetime: ClassVar[timedelta]
    long_lifetime: ClassVar[timedelta]
    scoped_shape: ClassVar[Shape[tuple[UserSession, str]]]

    def create(self, request: Request) -> ApiResponse:
        session, token = create_scoped_session(
            self.caller,
            client=Client.of(request),
            dialect=self.dialect,
            lifetime=self.long_lifetime if self.data["long_lived"] else self.lifetime,
            name=self.data["name"],
            permission_flags=self.data["permission_flags"],
            parent=self.session,
        )
        return ApiResponse(self.scoped_shape.render((session, token)), 201)
