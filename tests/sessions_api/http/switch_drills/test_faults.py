"""What a drill finds at endpoints with faults, and at views of a host."""

from typing import Any, NoReturn

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.test import override_settings
from django.urls import path
from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from killswitches.drills import Outcome
from killswitches.registry import FILE_CREATE, GLOBAL, Switch
from sessions_api.exceptions import InvalidSession, ServiceUnavailable
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.dialects.base import route
from sessions_api.http.permissions import SwitchesAreOff
from sessions_api.http.policy import ALWAYS_OPEN, Audience, Policy
from sessions_api.http.switch_drills.driller import SwitchDriller
from sessions_api.http.viewsets.base import ApiViewSet


def outcome_of(view: Any, switch: Switch = FILE_CREATE) -> tuple[Outcome, int | None]:
    """Return what the drill of a switch finds at a view, which has one endpoint."""
    urls = type("Urls", (), {"urlpatterns": [view]})
    with override_settings(ROOT_URLCONF=urls):
        (trial,) = SwitchDriller().drill(switch)
    return trial.outcome, trial.status


class Uploads(ApiViewSet):
    policies = {"create": Policy(audience=Audience.USERS, switches=(FILE_CREATE,))}
    called = False

    def create(self, request: Request) -> Response:
        Uploads.called = True
        return Response()


class Past(Uploads):
    """Goes past the gate."""

    def initial(self, request: Request, *args: object, **kwargs: str) -> None:
        return


class Forgetful(Uploads):
    """Has another policy than the one that it declares."""

    def get_policy(self, action: str, **path: str) -> Policy:
        return ALWAYS_OPEN


class Stuck(Uploads):
    """Refuses as if the switch were always on."""

    def get_policy(self, action: str, **path: str) -> Policy:
        raise ServiceUnavailable(feature=FILE_CREATE.number)


class OfAnother(Uploads):
    """Names another switch."""

    def get_policy(self, action: str, **path: str) -> Policy:
        raise ServiceUnavailable(feature=GLOBAL.number)


class Elsewhere(Uploads):
    """Refuses before the switches."""

    def get_policy(self, action: str, **path: str) -> Policy:
        raise InvalidSession


class Broken(Uploads):
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> NoReturn:
        raise KeyError


class Writing(Uploads):
    """Writes to the database before the gate."""

    def get_policy(self, action: str, **path: str) -> Policy:
        get_user_model().objects.create(username="drilled")
        return super().get_policy(action, **path)


@pytest.mark.parametrize(
    ("viewset", "outcome", "status"),
    [
        (Uploads, Outcome.CLOSED, 503),
        (Past, Outcome.OPEN, None),
        (Forgetful, Outcome.OPEN, None),
        (Stuck, Outcome.STAYS_CLOSED, 503),
        (OfAnother, Outcome.WRONG_ANSWER, 503),
        (Elsewhere, Outcome.WRONG_ANSWER, 401),
        (Broken, Outcome.FAILED, None),
        (Writing, Outcome.WRONG_ANSWER, 500),
    ],
)
@pytest.mark.django_db
def test_of_viewsets(viewset: type[Uploads], outcome: Outcome, status: int | None) -> None:
    assert outcome_of(route("files", viewset, post="create")) == (outcome, status)
    assert not Uploads.called
    assert not get_user_model().objects.filter(username="drilled").exists()


class Files(APIView):
    """A plain view of a host."""

    authentication_classes = [SessionTokenAuthentication]
    permission_classes: list[Any] = [IsAuthenticated, SwitchesAreOff(FILE_CREATE)]

    def get(self, request: Request) -> NoReturn:
        raise AssertionError


class Exports(ViewSet):
    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [SwitchesAreOff(FILE_CREATE)]

    def list(self, request: Request) -> NoReturn:
        raise AssertionError


class Raises(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> NoReturn:
        raise LookupError


@pytest.mark.parametrize(
    ("permissions", "switch", "outcome", "status"),
    [
        (Files.permission_classes, FILE_CREATE, Outcome.CLOSED, 503),
        ([SwitchesAreOff(FILE_CREATE), IsAdminUser], FILE_CREATE, Outcome.CLOSED, 503),
        ([AllowAny], GLOBAL, Outcome.CLOSED, 503),
        ([IsAdminUser, SwitchesAreOff(FILE_CREATE)], FILE_CREATE, Outcome.UNKNOWN, 401),
        ([SwitchesAreOff(FILE_CREATE) | AllowAny], FILE_CREATE, Outcome.CLOSED, 503),
        ([AllowAny | SwitchesAreOff(FILE_CREATE)], FILE_CREATE, Outcome.OPEN, None),
        ([Raises], GLOBAL, Outcome.CLOSED, 503),
        ([Raises, SwitchesAreOff(FILE_CREATE)], FILE_CREATE, Outcome.UNKNOWN, None),
    ],
)
def test_of_plain_views(
    permissions: list[Any], switch: Switch, outcome: Outcome, status: int | None
) -> None:
    view = path("files", Files.as_view(permission_classes=permissions))
    assert outcome_of(view, switch) == (outcome, status)


def test_of_plain_viewsets() -> None:
    view = path("exports/<int:number>", Exports.as_view({"get": "list"}))
    assert outcome_of(view) == (Outcome.CLOSED, 503)
