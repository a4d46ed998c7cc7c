"""Only the admin: viewing and flipping switches requires nothing else of the host."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
