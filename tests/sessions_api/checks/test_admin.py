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


@pytest.mark.parametrize(("model", "model_admin"), [(Group, GroupAdmin), (User, UserAdmin)])
def test_the_hint_guards_djangos_own_admin_class(model: Any, model_admin: Any) -> None:
    site = admin.AdminSite(f"of {model_admin.__name__}")
    site.register(model, model_admin)
    [warning] = warnings_of(site)
    assert warning.id == "sessions_api.W012"
    head, lines = str(warning.hint).split("\n", maxsplit=1)
    assert head == "Add to admin.py:"
    exec(lines, {"__name__": "admin", "site": site})  # noqa: S102
    assert warnings_of(site) == []


def test_the_hint_names_the_default_site() -> None:
    registered = type(admin.site.get_model_admin(Group))
    admin.site.unregister(Group)
    try:
        admin.site.register(Group, GroupAdmin)
        [warning] = warnings_of(admin.site)
        exec(str(warning.hint).split("\n", maxsplit=1)[1], {"__name__": "admin"})  # noqa: S102
        assert warnings_of(admin.site) == []
    finally:
        admin.site.unregister(Group)
        admin.site.register(Group, registered)


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
