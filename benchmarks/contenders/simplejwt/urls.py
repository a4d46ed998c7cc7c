"""The URL of a view equivalent to the service's."""

from datetime import UTC, datetime
from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.contenders.answers import answer


class Current(APIView):
    def get(self, request: Request) -> Response:
        token: Any = request.auth
        user: Any = request.user
        created, expires = (datetime.fromtimestamp(token[name], UTC) for name in ("iat", "exp"))
        return Response(answer(user.pk, user.username, created, expires))


urlpatterns = [path("session", Current.as_view())]
