"""Views of the host that accept the app's session tokens."""

from club.switches import EXPORTS
from django.urls import include, path
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from killswitches.registry import FILE_CREATE
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.authentication import SessionTokenAuthentication, find_session
from sessions_api.http.cookies.authentication import SessionCookieAuthentication
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.http.fields import TextField
from sessions_api.http.permissions import HasScope, SwitchesAreOff
from sessions_api.http.policy import Audience, OwnRate, Policy
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.ratelimits.rates import Rate
from sessions_api.scopes import Scope
from sessions_api.urls import fallback


class ProfileView(APIView):
    """A plain REST framework view with the app's authentication."""

    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        assert request.user.is_authenticated
        return Response({"email": request.user.email})


class CookieView(ProfileView):
    """A plain view for pages, too."""

    authentication_classes = [SessionTokenAuthentication, SessionCookieAuthentication]


class FilesView(APIView):
    """A plain view with scopes and kill switches."""

    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [
        HasScope(Scope.FILE_READ) | HasScope(Scope.STAFF_READ_FILES) & IsAdminUser,
        SwitchesAreOff(FILE_CREATE, EXPORTS),
    ]

    def get(self, request: Request) -> Response:
        return Response({"files": []})


class UploadInput(serializers.Serializer[None]):
    name = TextField()


class UploadViewSet(ApiViewSet):
    """A viewset with policies."""

    policies = {
        "create": Policy(
            audience=Audience.USERS,
            scope=Scope.UPLOAD_FILE,
            switches=(FILE_CREATE, EXPORTS),
            own_rate=OwnRate("uploads", Rate(limit=10, period=60)),
        ),
        "list": Policy(audience=Audience.STAFF, permission="club.view_member"),
    }
    input_classes = {"create": UploadInput}

    def create(self, request: Request) -> ApiResponse:
        owner = self.caller.get_username()
        made = {"owner": owner, "name": self.data["name"], "session": self.session.sid}
        return ApiResponse(made, 201)

    def list(self, request: Request) -> Response:
        return Response({"items": []})


def owner_of(token: str) -> str:
    return find_session(token).user.email


urlpatterns = [
    path("auth/", include([*v5.urlpatterns, fallback])),
    path("profile", ProfileView.as_view()),
    path("cookie", CookieView.as_view()),
    path("files", FilesView.as_view()),
    path("uploads", UploadViewSet.as_view({"post": "create", "get": "list"})),
]
