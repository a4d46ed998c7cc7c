"""A system check of the host's admin classes for accounts and groups."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import checks
from django.db.models import Model

from killswitches.checks import add_to
from sessions_api.checks.messages import warning

if TYPE_CHECKING:
    # Needs Django's admin, which is not installed everywhere.
    from killswitches.admin.base import ModelAdmin


@checks.register("sessions_api", deploy=True)
def check_account_admins(**kwargs: object) -> list[checks.CheckMessage]:
    """W012: an admin class for accounts or groups lets staff give themselves every permission."""
    if not apps.is_installed("django.contrib.admin"):
        return []
    return [warning("W012", text, add_to("admin.py", *lines)) for text, lines in _escalations()]


def _escalations() -> Iterator[tuple[str, list[str]]]:
    """Yield each way to gain privileges, as a sentence, with the lines that prevent it."""
    from django.contrib.admin.sites import all_sites
    from django.contrib.auth.models import Group

    from sessions_api.admin import GroupPrivilegesMixin, UserSessionsMixin

    kinds: list[tuple[type[Model], type, str]] = [
        (get_user_model(), UserSessionsMixin, "change accounts can log in as more powerful staff"),
        (Group, GroupPrivilegesMixin, "change groups can give their own every permission"),
    ]
    for site in all_sites:
        for model in filter(site.is_registered, apps.get_models()):
            model_admin = site.get_model_admin(model)
            for guarded, mixin, can in kinds:
                if _is(model, guarded) and not isinstance(model_admin, mixin):
                    who = f"{type(model_admin).__qualname__} on the site {site.name!r}"
                    yield f"With {who}, staff who may {can}.", _mixed(model, model_admin, mixin)


def _mixed(model: type[Model], model_admin: "ModelAdmin", mixin: type) -> list[str]:
    """Return the lines that register the class again, with the mixin."""
    from django.contrib import admin

    kind = type(model_admin)
    is_default = model_admin.admin_site == admin.site
    site, where = ("admin.site", "") if is_default else ("site", ", site=site")
    return [
        "from django.contrib import admin",
        f"from {model.__module__} import {model.__name__}",
        f"from {kind.__module__} import {kind.__name__}",
        f"from sessions_api.admin import {mixin.__name__}",
        "",
        f"{site}.unregister({model.__name__})",
        "",
        f"@admin.register({model.__name__}{where})",
        f"class Guarded{kind.__name__}({mixin.__name__}, {kind.__name__}): ...",
    ]


def _is(model: type[Model], guarded: type[Model]) -> bool:
    """Return True if ``model`` is the guarded model or a proxy of it."""
    return bool(model._meta.concrete_model is guarded)
