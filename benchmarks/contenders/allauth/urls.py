"""The URLs of allauth's own views."""

from django.urls import include, path

urlpatterns = [path("_allauth/", include("allauth.headless.urls"))]
