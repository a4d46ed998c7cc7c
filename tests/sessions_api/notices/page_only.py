"""URLs with the page behind the links in notices, and none for a new password."""

from django.urls import include, path

urlpatterns = [path("account/", include("sessions_api.notices.urls"))]
