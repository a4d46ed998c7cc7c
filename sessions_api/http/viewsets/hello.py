"""The greeting at the API's root, by which clients discover it."""

from typing import Any

from rest_framework.request import Request

from sessions_api import __version__
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.schemas import text
from sessions_api.http.shapes import Field, Shape, constant
from sessions_api.http.viewsets.base import ApiViewSet

GREETING = Shape(hello=constant("world"), version=Field(text(), lambda nothing: __version__))


class HelloViewSet(ApiViewSet):
    policies = {"hello": Policy(audience=Audience.ANYONE)}
    http_method_names = [*ApiViewSet.http_method_names, "options", "trace"]

    def action_for(self, method: str) -> str:
        """Return the only action, for unknown methods too."""
        return "hello"

    def hello(self, request: Request, **kwargs: object) -> ApiResponse:
        return ApiResponse(GREETING.render(None))

    def http_method_not_allowed(self, request: Any, *args: object, **kwargs: object) -> Any:
        return self.hello(request)
