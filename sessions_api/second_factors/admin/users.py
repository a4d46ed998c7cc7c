"""The mixin for a host's user admin that shows second factors, with links to remove them."""

from typing import Any, Protocol

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Manager, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.privileges import may_act_on
from sessions_api.second_factors.admin.factors import REMOVE_ALL
from sessions_api.second_factors.models import BackupCode, SecondFactor


class Fetched(Protocol):
    """An account of any user model, with its second factors."""

    secondfactor_set: Manager[SecondFactor]
    backupcode_set: Manager[BackupCode]


class UserSecondFactorsMixin(ModelAdmin):
    """Mixed into the ``ModelAdmin`` of a user model.

    The page of an account shows ``second_factors``. To show them in the list as well, add that name
    to ``list_display``.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[AbstractBaseUser]:
        """Prefetch what ``second_factors`` needs, in two queries for all rows."""
        return super().get_queryset(request).prefetch_related("secondfactor_set", "backupcode_set")

    @admin.display(description=_("second factors"))
    def second_factors(self, account: Fetched) -> str:
        """Return their types and the number of backup codes left; a dash if there are none."""
        types = {str(factor.get_type_display()) for factor in account.secondfactor_set.all()}
        if not types:
            return self.get_empty_value_display()
        codes = len(account.backupcode_set.all())
        text = ngettext("%(count)s backup code", "%(count)s backup codes", codes)
        return ", ".join([*sorted(types), text % {"count": codes}])

    @admin.display(description=_("list"))
    def second_factor_list(self, account: AbstractBaseUser) -> str:
        """Return a link to the second factors of the account."""
        name = "admin:second_factors_secondfactor_changelist"
        url = reverse(name, current_app=self.admin_site.name)
        text = gettext("See the second factors")
        return format_html('<a href="{}?user={}">{}</a>', url, account.pk, text)

    @admin.display(description=_("removal"))
    def second_factor_removal(self, account: AbstractBaseUser) -> str:
        """Return a link to the page that removes all of them."""
        url = reverse(
            f"admin:{REMOVE_ALL}", args=[quote(account.pk)], current_app=self.admin_site.name
        )
        return format_html('<a href="{}">{}</a>', url, gettext("Remove all second factors"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the factors of the account, and the links that the user may use."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        fields = ["second_factors"]
        if self.admin_site.is_registered(SecondFactor):
            factor_admin = self.admin_site.get_model_admin(SecondFactor)
            if factor_admin.has_view_permission(request):
                fields.append("second_factor_list")
            may_remove = factor_admin.has_delete_permission(request) and may_act_on(
                request.user, obj
            )
            if may_remove and obj.secondfactor_set.all():
                fields.append("second_factor_removal")
        return [*fieldsets, (_("Second factors"), {"fields": fields})]

    def get_readonly_fields(
        self, request: HttpRequest, obj: AbstractBaseUser | None = None
    ) -> list[str]:
        """Add the fields of this class."""
        return [
            *super().get_readonly_fields(request, obj),
            "second_factors",
            "second_factor_list",
            "second_factor_removal",
        ]
