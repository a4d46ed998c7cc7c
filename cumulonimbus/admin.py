"""The project's accounts and groups in the admin."""

import re
from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from cumulonimbus.models import User
from killswitches.relative_times import recent_time
from sessions_api.admin import GroupPrivilegesMixin, StrictChangelistMixin, UserSessionsMixin
from sessions_api.admin.listing.checkboxes import FastCheckboxesMixin
from sessions_api.second_factors.admin.users import UserSecondFactorsMixin

admin.site.site_header = _("Cumulonimbus administration")
admin.site.site_title = _("Cumulonimbus administration")


if TYPE_CHECKING:
    # The class is generic only in the stubs.
    AccountAdmin = DjangoUserAdmin[User]
else:
    AccountAdmin = DjangoUserAdmin


@admin.register(User)
class UserAdmin(
    FastCheckboxesMixin,
    UserSecondFactorsMixin,
    UserSessionsMixin,
    StrictChangelistMixin,
    AccountAdmin,
):
    """Django's user admin, adapted to the project's user model."""

    list_display = (
        "username",
        "id",
        "mail",
        "created",
        "is_active",
        "is_staff",
        "second_factors",
    )
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username", "email", "id__exact")
    search_help_text = _("Part of the username or the email address, or the user ID")
    readonly_fields = ("id", "created", "logged_in")
    fieldsets = (
        (None, {"fields": ("username", "password", "email")}),
        (_("Times"), {"fields": ("id", "created", "logged_in")}),
        (
            _("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )

    @admin.display(description=_("email address"), ordering="email")
    def mail(self, user: User) -> str:
        """Return the email address, which lines break before the @ and after dots only."""
        if not user.email:
            return self.get_empty_value_display()
        parts = [(part,) for part in re.split(r"(?=@)|(?<=\.)", user.email)]
        return format_html_join(mark_safe("<wbr>"), "{}", parts)

    @admin.display(description=_("created"), ordering="id")
    def created(self, user: User) -> str:
        """Return when the account was created."""
        return recent_time(user.created_at)

    @admin.display(description=_("last login"))
    def logged_in(self, user: User) -> str:
        """Return when the user last logged in to this site."""
        return recent_time(user.last_login) or self.get_empty_value_display()


# Importing Django's admin classes registers its group admin. This replaces it.
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(GroupPrivilegesMixin, StrictChangelistMixin, DjangoGroupAdmin):
    """Django's group admin, restricted to superusers."""
