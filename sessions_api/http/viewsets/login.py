"""The login endpoint."""

from datetime import timedelta
from typing import Any, ClassVar

from django.middleware.csrf import rotate_token
from rest_framework.request import Request

from sessions_api.adapter import Lifetime, LoginName
from sessions_api.callers.clients import Client
from sessions_api.callers.session_names import requested_session_name
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.cookies.csrf import asks_for_cookies, require_csrf
from sessions_api.http.cookies.token_cookie import set_cookie
from sessions_api.http.fields import Input
from sessions_api.http.schemas import EXPIRY, TOKEN
from sessions_api.http.shapes import Field, Shape, unix_seconds
from sessions_api.http.viewsets.base import SECOND_FACTOR, ApiViewSet
from sessions_api.models import UserSession
from sessions_api.services.lifetimes import lifetime_of
from sessions_api.services.login import log_in, log_in_with_second_factor

#: The token of a new session, rendered from the pair of both.
NEW_TOKEN: Field[tuple[UserSession, str]] = Field(TOKEN, lambda begun: begun[1])
LOGGED_IN: Shape[tuple[UserSession, str]] = Shape(
    token=NEW_TOKEN,
    exp=Field(EXPIRY, lambda begun: unix_seconds(begun[0].expires_at)),
)


class LoginViewSet(ApiViewSet):
    """Logs a user in with a password, or with the answer to the challenge that followed one.

    Dialects set the names of the inputs, and the lifetimes unless ``LIFETIMES`` does.

    :cvar remember_input_class: reads ``remember``.
    :cvar password_input_class: reads ``remember``, ``username`` and ``password``.
    :cvar login_name: what ``username`` may be.
    :cvar lifetime: the lifetime of a session.
    :cvar remembered_lifetime: the same with ``remember``.
    :cvar name_headers: the headers that name the new session, in order of precedence.
    """

    is_atomic = False
    remember_input_class: ClassVar[type[Input]]
    password_input_class: ClassVar[type[Input]]
    login_name: ClassVar[LoginName] = LoginName.USERNAME
    lifetime: ClassVar[timedelta]
    remembered_lifetime: ClassVar[timedelta]
    name_headers: ClassVar[tuple[str, ...]] = ("X-Session-Name",)

    def create(self, request: Request) -> ApiResponse:
        sets_cookie = asks_for_cookies(request)
        if sets_cookie:
            # Nobody else's page may log the browser in, to an account of theirs.
            require_csrf(request, reads_form=False)
        answers = SECOND_FACTOR in self.body()
        data = self.read(self.remember_input_class if answers else self.password_input_class)
        kind = Lifetime.REMEMBERED if data.pop("remember") else Lifetime.LOGIN
        begin: dict[str, Any] = {
            "client": Client.of(request),
            "lifetime": self.lifetime_of_login(kind),
            "kind": kind,
            "dialect": self.dialect,
            "session_name": requested_session_name(request, *self.name_headers),
            "request": request._request,
        }
        if answers:
            answer = self.body()[SECOND_FACTOR]
            session, token = log_in_with_second_factor(answer, **begin)
        else:
            name, password = data["username"], data["password"]
            session, token = log_in(name, password, by=self.login_name, **begin)
        response = ApiResponse(LOGGED_IN.render((session, token)), 201)
        if sets_cookie:
            set_cookie(response, session, token)
            rotate_token(request)
        return response

    def lifetime_of_login(self, kind: Lifetime) -> timedelta:
        is_remembered = kind is Lifetime.REMEMBERED
        usual = self.remembered_lifetime if is_remembered else self.lifetime
        return lifetime_of(self.dialect, kind, usual)
