"""The admin alone: nothing else of the host project is needed to see and flip switches."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
