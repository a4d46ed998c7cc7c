"""A host that includes the flags at its root, and nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("killswitches.ofrep.urls"))]
