"""A site of pages beside the API, as a host has them."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.cookies.authentication import SessionCookieAuthentication
from sessions_api.http.cookies.pages import (
    log_in,
    log_in_with_second_factor,
    log_out,
    use_session,
)
from sessions_api.http.cookies.visitors import current_session
from sessions_api.scopes import Scope
from sessions_api.services.session_creation import create_session

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "sessions_api.http.cookies.middleware.SessionCookieMiddleware",
]


def who(request: HttpRequest) -> JsonResponse:
    session = current_session(request)
    named = {"user": request.user.get_username(), "session": session and session.sid}
    return JsonResponse(named | {"csrf": get_token(request)})


async def async_who(request: HttpRequest) -> JsonResponse:
    user = await request.auser()
    return JsonResponse({"user": user.get_username(), "same": user == await request.auser()})


def nobody_asks(request: HttpRequest) -> HttpResponse:
    return HttpResponse("For everybody.")


def greeting(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Hello, {request.user}.")


def sign_in(request: HttpRequest) -> HttpResponse:
    response = JsonResponse({})
    form = request.POST
    try:
        if "code" in form:
            answer = {name: form[name] for name in ("token", "type", "code")}
            session = log_in_with_second_factor(request, response, answer, remember=True)
        else:
            session = log_in(
                request,
                response,
                username=form.get("username", ""),
                password=form.get("password", ""),
                remember="remember" in form,
                name=form.get("name"),
            )
    except ApiError as error:
        # Whoever was logged in before still is.
        body: dict[str, Any] = {"code": error.code, "user": request.user.get_username()}
        body |= error.data
        return JsonResponse(body, status=error.status, headers=error.headers)
    response.content = JsonResponse(
        {"user": request.user.get_username(), "session": session.sid}
    ).content
    return response


def careless_sign_in(request: HttpRequest) -> HttpResponse:
    response = HttpResponse()
    log_in(request, response, username="ann", password=request.POST["password"])
    return response


def register(request: HttpRequest) -> HttpResponse:
    response = HttpResponse()
    user = get_user_model().objects.get(username="ann")
    session, token = create_session(
        user,
        client=Client.of(request),
        lifetime=timedelta(hours=1),
        permission_flags=Scope.ALL if "scoped" in request.POST else None,
    )
    use_session(request, response, session, token)
    return response


def sign_out(request: HttpRequest) -> HttpResponse:
    response = HttpResponse()
    log_out(request, response)
    response.content = str(request.user).encode()
    return response


class PlainView(APIView):
    authentication_classes = [SessionCookieAuthentication, SessionTokenAuthentication]
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username()})

    post = get


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An error page that says who asks, as most do."""
    return HttpResponse(f"{request.user} may not.", status=403)


handler403 = forbidden

urlpatterns = [
    path("who", who),
    path("async-who", async_who),
    path("exempt", csrf_exempt(who)),
    path("nobody-asks", csrf_exempt(nobody_asks)),
    path("greeting", greeting),
    path("members", login_required(nobody_asks)),
    path("sign-in", sign_in),
    path("exempt/sign-in", csrf_exempt(sign_in)),
    path("careless-sign-in", careless_sign_in),
    path("register", register),
    path("sign-out", sign_out),
    path("exempt/sign-out", csrf_exempt(sign_out)),
    path("plain", PlainView.as_view()),
    path("admin/", admin.site.urls),
    path("api/", include("sessions_api.urls")),
]
