"""The check of admin classes for accounts and groups."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.checks import CheckMessage

from cumulonimbus.models import User
from sessions_api.checks.admin import check_account_admins


def warnings_of(site: admin.AdminSite) -> list[CheckMessage]:
    """Return the warnings about a site. Sites of other tests may still exist."""
    return [one for one in check_account_admins() if repr(site.name) in one.msg]


def test_the_project_passes() -> None:
    assert warnings_of(admin.site) == []


@pytest.mark.parametrize(
    ("model", "model_admin", "mixin"),
    [(Group, GroupAdmin, "GroupPrivilegesMixin"), (User, UserAdmin, "UserSessionsMixin")],
)
def test_djangos_own_admin_class_is_reported(model: Any, model_admin: Any, mixin: str) -> None:
    site = admin.AdminSite(f"of {model_admin.__name__}")
    site.register(model, model_admin)
    [warning] = warnings_of(site)
    assert warning.id == "sessions_api.W012"
    assert warning.hint == f"Mix in sessions_api.admin.{mixin}."


def test_the_admin_class_of_a_proxy_model_is_reported() -> None:
    class Customer(User):
        class Meta:
            proxy = True
            app_label = "cumulonimbus"

    site = admin.AdminSite("shop")
    site.register(Customer, admin.ModelAdmin)
    assert len(warnings_of(site)) == 1


def test_nothing_is_reported_without_an_admin(settings: Any) -> None:
    settings.INSTALLED_APPS = [one for one in settings.INSTALLED_APPS if "Admin" not in one]
    assert check_account_admins() == []
