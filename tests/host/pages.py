"""Pages of the host, whose visitors have their sessions in cookies."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.http import require_POST
from rest_framework.permissions import IsAuthenticated

from sessions_api.exceptions import ApiError
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.cookies.authentication import SessionCookieAuthentication
from sessions_api.http.cookies.pages import log_in, log_out
from sessions_api.http.cookies.visitors import current_session
from tests.host.plain_views import Plain


def front(request: HttpRequest) -> HttpResponse:
    """For everybody, with the CSRF token for forms."""
    return HttpResponse(get_token(request))


@login_required(login_url="/pages/")
def home(request: HttpRequest) -> HttpResponse:
    session = current_session(request)
    return HttpResponse(f"{request.user.get_username()} {session and session.sid}")


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("Welcome.")
    try:
        log_in(
            request,
            response,
            username=request.POST["email"],
            password=request.POST["password"],
        )
    except ApiError as error:
        return HttpResponse(error.message, status=error.status, headers=error.headers)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("Goodbye.")
    log_out(request, response)
    return response


class CookieView(Plain):
    authentication_classes = [SessionTokenAuthentication, SessionCookieAuthentication]
    permission_classes = [IsAuthenticated]


urlpatterns = [
    path("pages/", front),
    path("pages/home", home),
    path("pages/sign-in", sign_in),
    path("pages/sign-out", sign_out),
    path("plain/cookie", CookieView.as_view()),
]
