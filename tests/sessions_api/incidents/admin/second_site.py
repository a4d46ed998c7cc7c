"""The URLs of a service with an additional admin site, which shows incidents and nothing else."""

from django.contrib import admin
from django.urls import path

from cumulonimbus.urls import urlpatterns as service
from sessions_api.incidents.admin import IncidentAdmin
from sessions_api.incidents.models import Incident

site = admin.AdminSite("answering")
site.register(Incident, IncidentAdmin)

urlpatterns = [path("answering/", site.urls), *service]
