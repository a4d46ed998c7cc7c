"""Listing and ending sessions: the caller's own or, for staff, any user's."""

from collections.abc import Mapping
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework.request import Request

from sessions_api.exceptions import ApiError, InvalidSession
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.cookies.authentication import is_by_cookie
from sessions_api.http.cookies.token_cookie import delete_cookie
from sessions_api.http.fields import Input
from sessions_api.http.shapes import Page, Shape
from sessions_api.http.viewsets.owners import OwnedViewSet
from sessions_api.http.viewsets.parsing import page, parse_id
from sessions_api.models import UserSession, UserSessionQuerySet
from sessions_api.services.ended_sessions import EndedSessions
from sessions_api.services.sessions import end_all_sessions, end_sessions


class SessionViewSet(OwnedViewSet):
    """Lists, shows and ends sessions. Dialects set the shapes of the responses.

    :cvar current_alias: the alias of the current session in place of its id, if there is one.
    :cvar ids_input_class: reads the ``ids`` of :meth:`destroy_many`.
    :cvar ended_many_shape: renders the number of ended sessions.
    :cvar ended_all_shape: the same for :meth:`destroy_all`; None if it does not differ.
    """

    current_alias: ClassVar[str | None] = None
    ids_input_class: ClassVar[type[Input]]
    session_shape: ClassVar[Shape[UserSession]]
    list_shape: ClassVar[Shape[Page[UserSession]]]
    ended_shape: ClassVar[Shape[None]]
    ended_many_shape: ClassVar[Shape[int]]
    ended_all_shape: ClassVar[Shape[int] | None] = None

    def list(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        newest = UserSession.objects.newest_of(owner).active(owner=owner)[page(request)]
        items = list(newest)
        found = Page(self.sessions_of(owner).count(), items)
        return ApiResponse(self.list_shape.render(found))

    def retrieve_current(self, request: Request) -> ApiResponse:
        return ApiResponse(self.session_shape.render(self.session))

    def retrieve(self, request: Request, sid: str, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        wanted = self.parse_sid(sid, owner)
        if wanted == self.session.sid and self.is_own(owner):
            return ApiResponse(self.session_shape.render(self.session))
        session = self.sessions_of(owner).filter(sid=wanted).first()
        if session is None:
            raise self.not_found()
        return ApiResponse(self.session_shape.render(session))

    def destroy(self, request: Request, sid: str, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        sessions = self.sessions_of(owner).filter(sid=self.parse_sid(sid, owner))
        ended = self.end(sessions, owner)
        if not ended:
            raise self.not_found()
        return self.respond(self.ended_shape.render(None), ended)

    def destroy_many(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        ids = self.read(self.ids_input_class)["ids"]
        sids = [self.parse_sid(str(one), owner) for one in ids]
        ended = self.end(self.sessions_of(owner).filter(sid__in=sids), owner)
        return self.respond(self.ended_many_shape.render(len(ended)), ended)

    def destroy_all(self, request: Request, **path: str) -> ApiResponse:
        owner = self.get_owner(**path)
        keeps_current = self.is_own(owner) and self.keeps_current()
        ended = end_all_sessions(
            owner,
            actor=self.actor,
            keep=self.session if keeps_current else None,
        )
        shape = self.ended_all_shape or self.ended_many_shape
        return self.respond(shape.render(len(ended)), ended)

    def keeps_current(self) -> bool:
        """Return whether ending all of the caller's sessions keeps the current one."""
        raise NotImplementedError

    def sessions_of(self, owner: AbstractBaseUser) -> UserSessionQuerySet:
        return UserSession.objects.owned_by(owner).active(owner=owner)

    def end(self, sessions: UserSessionQuerySet, owner: AbstractBaseUser) -> EndedSessions:
        """End sessions of the owner on behalf of the caller. Return those that this call ended."""
        return end_sessions(sessions, actor=self.actor, owner=owner)

    def respond(self, body: Mapping[str, object], ended: EndedSessions) -> ApiResponse:
        """Return the response to a request that has ended sessions.

        If the caller's own is one of them, and a cookie named it, the browser forgets the cookie.
        """
        response = ApiResponse(body)
        own = ended.sids_by_owner.get(self.caller.pk, ())
        if is_by_cookie(self.request) and self.session.sid in own:
            delete_cookie(response)
        return response

    def parse_sid(self, text: str, owner: AbstractBaseUser) -> int:
        """Return the session id that a text represents, or 0, which no session has.

        The alias of the current session is valid only for the caller's own sessions.
        """
        if text == self.current_alias and self.is_own(owner):
            return self.session.sid
        return parse_id(text) or 0

    def not_found(self) -> ApiError:
        """Return the error for a session that does not exist."""
        return InvalidSession(status=404)
