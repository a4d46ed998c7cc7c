"""The URL of the bare view."""

from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.urls import path

from benchmarks.contenders.answers import answer


def see(request: HttpRequest, pk: int) -> JsonResponse:
    user = User.objects.get(pk=pk)
    return JsonResponse(answer(user.pk, user.username, user.date_joined, user.date_joined))


urlpatterns = [path("users/<int:pk>", see)]
