"""The URLs of a service with an additional admin site, which shows no incidents."""

from django.contrib import admin
from django.urls import path

from cumulonimbus.urls import urlpatterns as service
from sessions_api.admin import AuditEventAdmin, UserSessionAdmin
from sessions_api.models import AuditEvent, UserSession

site = admin.AdminSite("support")
site.register(AuditEvent, AuditEventAdmin)
site.register(UserSession, UserSessionAdmin)

urlpatterns = [path("support/", site.urls), *service]
