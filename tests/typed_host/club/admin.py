"""The host's accounts in the admin."""

from club.models import Member
from django.contrib import admin

from sessions_api.admin import StrictChangelistMixin, UserSessionsMixin


@admin.register(Member)
class MemberAdmin(UserSessionsMixin, StrictChangelistMixin):
    fields = ["email", "is_active"]
