"""Plain Django REST framework views with the app's authentication.

That is this host's default, so most views do not set it.
"""

from collections.abc import Mapping
from typing import Any

from django.urls import path
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from killswitches.registry import FILE_CREATE
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.permissions import HasScope, SwitchesAreOff
from sessions_api.scopes import Scope


class Plain(APIView):
    """Returns the caller's name."""

    throttle_classes = []

    def get(self, request: Request) -> Response:
        return Response({"email": getattr(request.user, "email", None)})

    post = get


class ReadOnly(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS


class Mine(BasePermission):
    """Admits only the owner of the object."""

    def has_object_permission(self, request: Request, view: Any, obj: str) -> bool:
        return obj == request.user.email


class ReadsOwn(HasScope(Scope.FILE_READ)):
    """Requires the scope, and admits only the owner of the object."""

    def has_object_permission(self, request: Request, view: Any, obj: str) -> bool:
        return obj == request.user.email


class ScopeOrStaff(HasScope(Scope.FILE_READ)):
    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) or request.user.is_staff


class FilesView(Plain):
    permission_classes = [IsAuthenticated, HasScope(Scope.FILE_READ), SwitchesAreOff(FILE_CREATE)]


class FileView(Plain):
    """A file of a member."""

    permission_classes = [
        HasScope(Scope.FILE_READ) & Mine | HasScope(Scope.STAFF_READ_FILES),
    ]

    def get(self, request: Request, owner: str) -> Response:
        self.check_object_permissions(request, owner)
        return Response({"owner": owner})


class NotesViewSet(ViewSet):
    """Requires a different scope for each action, and others of staff."""

    def get_permissions(self) -> list[Any]:
        if self.request.user.is_anonymous:
            return [IsAuthenticated()]
        if self.action == "list":
            return [HasScope(Scope.FILE_READ)()]
        return super().get_permissions()

    def list(self, request: Request) -> Response:
        return Response({"notes": []})

    def create(self, request: Request) -> Response:
        return Response({}, 201)

    @action(detail=False, permission_classes=[HasScope(Scope.FILE_MODIFY)])
    def modify(self, request: Request) -> Response:
        return Response({})


class LazyView(Plain):
    """Authenticates the caller only when necessary."""

    permission_classes = []

    def perform_authentication(self, request: Request) -> None:
        pass


class CarelessView(Plain):
    """Declares permissions with two scopes, but checks none."""

    permission_classes = [HasScope(Scope.FILE_READ), HasScope(Scope.FILE_MODIFY)]

    def check_permissions(self, request: Request) -> None:
        pass


class TokenOrCookieView(Plain):
    authentication_classes = [
        SessionTokenAuthentication,
        SessionAuthentication,
        BasicAuthentication,
    ]
    permission_classes = [HasScope(Scope.FILE_READ)]


class WordyView(FilesView):
    """Renders errors in its own format, as third-party packages do."""

    def get_exception_handler(self) -> Any:
        return in_words


def in_words(error: Any, context: Mapping[str, Any]) -> Response:
    details = {"codes": error.get_codes(), "full": error.get_full_details()}
    return Response({"type": type(error).__name__, **details}, error.status_code)


@api_view(["GET"])
def whoami(request: Request) -> Response:
    return Response({"email": request.user.email})


@api_view(["GET"])
@permission_classes([HasScope(Scope.ACCOUNT_READ)])
def account(request: Request) -> Response:
    return Response({"email": request.user.email})


router = SimpleRouter(trailing_slash=False)
router.register("plain/notes", NotesViewSet, basename="note")

urlpatterns = [
    *router.urls,
    path("plain/files", FilesView.as_view()),
    path("plain/files/<owner>", FileView.as_view()),
    path("plain/nothing", Plain.as_view(permission_classes=[])),
    path("plain/anyone", Plain.as_view(permission_classes=[AllowAny])),
    path("plain/members", Plain.as_view(permission_classes=[IsAuthenticated])),
    path("plain/default", Plain.as_view()),
    path("plain/function", whoami),
    path("plain/account", account),
    path("plain/lazy", LazyView.as_view()),
    path("plain/careless", CarelessView.as_view()),
    path("plain/token-or-cookie", TokenOrCookieView.as_view()),
    path("plain/wordy", WordyView.as_view()),
    path("plain/open-unless-global", Plain.as_view(permission_classes=[SwitchesAreOff()])),
]
