"""Second factors on the page of a user, and a column for the list of users."""

from collections.abc import Iterator
from typing import Protocol, cast

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Manager, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.links import may_view
from sessions_api.admin.users.extensions import Deed, Extension, Fact, register
from sessions_api.second_factors.admin.factors import REMOVE_ALL, SecondFactorAdmin
from sessions_api.second_factors.models import BackupCode, SecondFactor


class Fetched(Protocol):
    """An account of any user model, with its second factors."""

    secondfactor_set: Manager[SecondFactor]
    backupcode_set: Manager[BackupCode]


class UserSecondFactorsMixin(ModelAdmin):
    """Mixed into the ``ModelAdmin`` of a user model: the column ``second_factors`` for its list.

    Add that name to ``list_display``. The page of an account shows them without this class.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[AbstractBaseUser]:
        """Prefetch what ``second_factors`` needs, in two queries for all rows."""
        return super().get_queryset(request).prefetch_related("secondfactor_set", "backupcode_set")

    @admin.display(description=_("second factors"))
    def second_factors(self, account: AbstractBaseUser) -> str:
        """Return their types and the number of backup codes left; a dash if there are none."""
        return in_words(account) or self.get_empty_value_display()


def in_words(account: AbstractBaseUser) -> str:
    """Return the types of an account's factors and the number of backup codes; "" for none."""
    fetched = cast(Fetched, account)
    types = {str(factor.get_type_display()) for factor in fetched.secondfactor_set.all()}
    if not types:
        return ""
    codes = len(fetched.backupcode_set.all())
    text = ngettext("%(count)s backup code", "%(count)s backup codes", codes)
    return ", ".join([*sorted(types), text % {"count": codes}])


def facts_of(site: AdminSite, request: HttpRequest, account: AbstractBaseUser) -> Iterator[Fact]:
    """Yield the second factors of an account, with a link for those who may view them."""
    text = in_words(account)
    if text and may_view(site, request, SecondFactor):
        url = reverse("admin:second_factors_secondfactor_changelist", current_app=site.name)
        text = format_html('<a href="{}?user={}">{}</a>', url, account.pk, text)
    yield Fact(_("Second factors"), text or gettext("none"))


def deeds_of(site: AdminSite, request: HttpRequest, account: AbstractBaseUser) -> Iterator[Deed]:
    """Yield the removal of all second factors, to those who may remove them."""
    if not (site.is_registered(SecondFactor) and cast(Fetched, account).secondfactor_set.all()):
        return
    factor_admin = cast(SecondFactorAdmin, site.get_model_admin(SecondFactor))
    if factor_admin.may_remove_all(request, account):
        url = reverse(f"admin:{REMOVE_ALL}", args=[quote(account.pk)], current_app=site.name)
        yield Deed(gettext("Remove second factors"), url)


register(Extension(facts=facts_of, deeds=deeds_of))
