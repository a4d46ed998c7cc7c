"""The host's own endpoints, open to the sessions of the app."""

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from killswitches.registry import FILE_CREATE
from sessions_api.authentication import SessionTokenAuthentication
from sessions_api.policy import Audience, Policy
from sessions_api.scopes import Scope
from sessions_api.viewsets.base import ApiViewSet


class ProfileView(APIView):
    """A plain view of Django REST framework, which only borrows the authentication."""

    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response({"email": request.user.email, "session": request.auth.sid})


class UploadViewSet(ApiViewSet):
    """A viewset behind the app's gate."""

    policies = {
        "create": Policy(audience=Audience.USERS, scope=Scope.UPLOAD_FILE, switches=(FILE_CREATE,)),
    }

    def create(self, request: Request) -> Response:
        return Response({"owner": str(request.user.pk)}, 201)
