"""Pages of the host's own, whose visitors have their sessions in cookies."""

from club.models import Member
from django.http import HttpRequest, HttpResponse

from sessions_api.exceptions import ApiError, SecondFactorChallengeRequired
from sessions_api.http.cookies.middleware import SessionCookieMiddleware
from sessions_api.http.cookies.pages import (
    log_in,
    log_in_with_second_factor,
    log_out,
    use_session,
)
from sessions_api.http.cookies.visitors import current_session
from sessions_api.models import UserSession


class ClubMiddleware(SessionCookieMiddleware):
    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        return HttpResponse("Closed.", status=error.status)


def sign_in(request: HttpRequest) -> HttpResponse:
    response = HttpResponse()
    try:
        session = log_in(request, response, username="ann", password="x", remember=True)
    except SecondFactorChallengeRequired as challenge:
        answer = {"token": challenge.data["token"], "type": "totp", "code": "000000"}
        session = log_in_with_second_factor(request, response, answer, name="Kitchen")
    print(session.sid)
    return response


def sign_out(request: HttpRequest) -> HttpResponse:
    session: UserSession | None = current_session(request)
    response = HttpResponse(session.name if session else "")
    log_out(request, response)
    return response


def welcome(request: HttpRequest, member: Member, session: UserSession, token: str) -> HttpResponse:
    response = HttpResponse(member.email)
    use_session(request, response, session, token)
    return response
