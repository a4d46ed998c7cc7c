"""Creation of scoped sessions: API tokens with a mask of scopes."""

from datetime import timedelta
from typing import ClassVar

from rest_framework.request import Request

from sessions_api.adapter import Lifetime
from sessions_api.callers.clients import Client
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.shapes import Shape
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.models import UserSession
from sessions_api.services.lifetimes import lifetime_of
from sessions_api.services.session_creation import create_scoped_session


class ScopedSessionCreation(ApiViewSet):
    """A mixin for the viewset of the caller's own sessions.

    Dialects set the shape of the response, and the lifetimes unless ``LIFETIMES`` does. Their input
    for the action ``create`` must read ``name``, ``permission_flags`` and ``long_lived``.
    """

    lifetime: ClassVar[timedelta]
    long_lifetime: ClassVar[timedelta]
    scoped_shape: ClassVar[Shape[tuple[UserSession, str]]]

    def create(self, request: Request) -> ApiResponse:
        kind = Lifetime.LONG_LIVED if self.data["long_lived"] else Lifetime.SCOPED
        session, token = create_scoped_session(
            self.caller,
            client=Client.of(request),
            dialect=self.dialect,
            lifetime=self.lifetime_of_token(kind),
            kind=kind,
            name=self.data["name"],
            permission_flags=self.data["permission_flags"],
            parent=self.session,
        )
        return ApiResponse(self.scoped_shape.render((session, token)), 201)

    @classmethod
    def lifetime_of_token(cls, kind: Lifetime) -> timedelta:
        usual = cls.long_lifetime if kind is Lifetime.LONG_LIVED else cls.lifetime
        return lifetime_of(cls.dialect, kind, usual)
