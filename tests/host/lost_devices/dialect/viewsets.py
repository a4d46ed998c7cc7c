"""The endpoints."""

from rest_framework import serializers
from rest_framework.request import Request

from sessions_api.exceptions import ApiError, InvalidSession
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.dialects.base import RememberInput
from sessions_api.http.fields import ReasonField, TextField
from sessions_api.http.viewsets import login
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.parsing import parse_id
from sessions_api.models import UserSession
from sessions_api.services.lifetimes import DAY, TEN_YEARS

from ..services import report_lost
from . import policies, shapes
from .errors import render_error


class SignInInput(RememberInput):
    email = TextField(source="username")
    secret = TextField(source="password", trim_whitespace=False)


class LostInput(serializers.Serializer[None]):
    where = ReasonField(initial="On the train to Łódź")


class SignInViewSet(login.LoginViewSet):
    dialect = "devices"
    policies = {"create": policies.LOG_IN}
    remember_input_class = RememberInput
    password_input_class = SignInInput
    lifetime = DAY
    remembered_lifetime = TEN_YEARS

    def render_error(self, error: ApiError) -> dict[str, object]:
        return render_error(error)


class DeviceViewSet(ApiViewSet):
    policies = {"list": policies.LIST, "report": policies.REPORT}
    input_classes = {"report": LostInput}
    path_schemas = {"device": shapes.DEVICE_ID}

    def list(self, request: Request) -> ApiResponse:
        sessions = UserSession.objects.newest_of(self.caller).active(owner=self.caller)
        return ApiResponse(shapes.DEVICES.render(sessions[:50]))

    def report(self, request: Request, device: str) -> ApiResponse:
        own = UserSession.objects.owned_by(self.caller).active(owner=self.caller)
        session = own.filter(sid=parse_id(device) or 0).select_related("user").first()
        if session is None or not report_lost(
            session, actor=self.actor, reason=f"Lost: {self.data['where']}"
        ):
            raise InvalidSession(status=404)
        return ApiResponse(shapes.LOST.render(None))

    def render_error(self, error: ApiError) -> dict[str, object]:
        return render_error(error)
