"""The URLs of an admin site that manages the host's accounts."""

from django.contrib import admin
from django.urls import path

from killswitches.admin import KillSwitchAdmin
from killswitches.models import KillSwitch
from sessions_api.admin import (
    AuditEventAdmin,
    StrictChangelistMixin,
    UserSessionAdmin,
    UserSessionsMixin,
)
from sessions_api.models import AuditEvent, UserSession
from tests.host.models import Member

site = admin.AdminSite("desk")


@admin.register(Member, site=site)
class MemberAdmin(UserSessionsMixin, StrictChangelistMixin):
    fields = ["email", "is_active"]


site.register(UserSession, UserSessionAdmin)
site.register(AuditEvent, AuditEventAdmin)
site.register(KillSwitch, KillSwitchAdmin)

urlpatterns = [path("desk/", site.urls)]
