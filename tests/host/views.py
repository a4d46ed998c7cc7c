"""The host's own endpoints, which accept the app's session tokens."""

from typing import Any

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from killswitches.registry import FILE_CREATE
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.dialects.v5 import viewsets as v5
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.scopes import Scope
from tests.host.models import Member


class ProfileView(APIView):
    """A plain REST framework view with the app's authentication."""

    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response({"email": request.user.email, "session": request.auth.sid})


class NoSunday(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.headers.get("X-Day") != "Sunday"


class TwoADay(BaseThrottle):
    """Allows two calls a day."""

    calls = 0
    seconds: float | None = 86_399.2

    def allow_request(self, request: Request, view: Any) -> bool:
        type(self).calls += 1
        return self.calls <= 2

    def wait(self) -> float | None:
        return self.seconds


class GuardedViewSet(ApiViewSet):
    """A viewset with policies, and with permissions and throttles of the host."""

    policies = {
        "create": Policy(audience=Audience.USERS),
        "list": Policy(audience=Audience.ANYONE),
    }
    permission_classes = [NoSunday]
    throttle_classes = [TwoADay]

    def create(self, request: Request) -> Response:
        return Response({"day": request.headers.get("X-Day")}, 201)

    def list(self, request: Request) -> Response:
        return Response({"items": []})


class GuardedLoginViewSet(v5.LoginViewSet):
    """The app's login, with an additional permission."""

    permission_classes = [NoSunday]


class MemberViewSet(ApiViewSet):
    """Changes the caller's own account, and then refuses, if asked to."""

    policies = {"update": Policy(audience=Audience.USERS, reverification=True)}

    def update(self, request: Request) -> Response:
        Member.objects.filter(pk=request.user.pk).update(email="new@example.com")
        if request.data.get("refuse"):
            raise InsufficientPermissions
        return Response({}, 200)


class UploadViewSet(ApiViewSet):
    """A viewset with policies."""

    policies = {
        "create": Policy(audience=Audience.USERS, scope=Scope.UPLOAD_FILE, switches=(FILE_CREATE,)),
    }

    def create(self, request: Request) -> Response:
        return Response({"owner": str(request.user.pk)}, 201)
