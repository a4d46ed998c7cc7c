"""The project's API with a fifth dialect."""

from django.urls import include, path

from tests.sessions_api.http.dialects.fifth import urls as fifth

urlpatterns = [
    path("api/fifth/", include([*fifth.urlpatterns, fifth.fallback])),
    path("api/", include("sessions_api.urls")),
]
