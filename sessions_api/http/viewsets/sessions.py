"""Browsing and ending sessions: one's own, or, for staff, anybody's."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from sessions_api.exceptions import ApiError, InvalidSession
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.viewsets.owners import OwnedViewSet
from sessions_api.http.viewsets.parsing import page, parse_id
from sessions_api.models import UserSession, UserSessionQuerySet
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_all_sessions, end_sessions


class SessionViewSet(OwnedViewSet):
    """A dialect renders what is found or done.

    :cvar current_alias: what stands for the current session where an id is asked.
    :cvar ids_input_class: reads the ``ids`` of :meth:`destroy_many`.
    """

    current_alias: ClassVar[str | None] = None
    ids_input_class: ClassVar[type[Serializer]]

    def list(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        newest = UserSession.objects.newest_of(owner).active(owner=owner)[page(request)]
        items = [self.render_item(one) for one in newest]
        return ApiResponse({"count": self.sessions_of(owner).count(), "items": items})

    def retrieve_current(self, request: Request) -> ApiResponse:
        return ApiResponse(self.render_session(self.session))

    def retrieve(self, request: Request, sid: str, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        wanted = self.parse_sid(sid, owner)
        if wanted == self.session.sid and self.is_own(owner):
            return ApiResponse(self.render_session(self.session))
        session = self.sessions_of(owner).filter(sid=wanted).first()
        if session is None:
            raise self.not_found()
        return ApiResponse(self.render_session(session))

    def destroy(self, request: Request, sid: str, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        sessions = self.sessions_of(owner).filter(sid=self.parse_sid(sid, owner))
        if not self.end(sessions, owner):
            raise self.not_found()
        return ApiResponse(self.render_ended())

    def destroy_many(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        ids = self.read(self.ids_input_class)["ids"]
        sids = [self.parse_sid(str(one), owner) for one in ids]
        ended = self.end(self.sessions_of(owner).filter(sid__in=sids), owner)
        return ApiResponse(self.render_ended_many(ended))

    def destroy_all(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        spares_current = self.is_own(owner) and self.spares_current()
        ended = end_all_sessions(
            owner,
            actor=Actor.of(request),
            spared=self.session if spares_current else None,
        )
        return ApiResponse(self.render_ended_all(len(ended)))

    def spares_current(self) -> bool:
        """Whether ending all of one's own sessions leaves the one that asks for it."""
        raise NotImplementedError

    def render_session(self, session: UserSession) -> dict[str, Any]:
        raise NotImplementedError

    def render_item(self, session: UserSession) -> dict[str, Any]:
        raise NotImplementedError

    def render_ended(self) -> dict[str, Any]:
        raise NotImplementedError

    def render_ended_many(self, count: int) -> dict[str, Any]:
        raise NotImplementedError

    def render_ended_all(self, count: int) -> dict[str, Any]:
        return self.render_ended_many(count)

    def sessions_of(self, owner: AbstractBaseUser) -> UserSessionQuerySet:
        return UserSession.objects.owned_by(owner).active(owner=owner)

    def end(self, sessions: UserSessionQuerySet, owner: AbstractBaseUser) -> int:
        """End sessions of the owner in the name of the caller; how many this call ended."""
        return len(end_sessions(sessions, actor=Actor.of(self.request), owner=owner))

    def parse_sid(self, text: str, owner: AbstractBaseUser) -> int:
        """The session id that a text names; 0, which no session has, where it can be none.

        The alias of the current session means nothing among the sessions of somebody else.
        """
        if text == self.current_alias and self.is_own(owner):
            return self.session.sid
        return parse_id(text) or 0

    def not_found(self) -> ApiError:
        """What is raised where a session is asked for that is not there."""
        return InvalidSession(status=404)
