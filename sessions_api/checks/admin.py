"""A system check of the host's admin classes for accounts and groups."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import checks
from django.db.models import Model


@checks.register("sessions_api", deploy=True)
def check_account_admins(**kwargs: object) -> list[checks.CheckMessage]:
    """W012: an admin class for accounts or groups lets staff give themselves every permission."""
    if not apps.is_installed("django.contrib.admin"):
        return []
    return [
        checks.Warning(text, hint=f"Mix in sessions_api.admin.{mixin}.", id="sessions_api.W012")
        for text, mixin in _escalations()
    ]


def _escalations() -> Iterator[tuple[str, str]]:
    """Yield each way to gain privileges, as a sentence, with the mixin that prevents it."""
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
                    yield f"With {who}, staff who may {can}.", mixin.__name__


def _is(model: type[Model], guarded: type[Model]) -> bool:
    """Return True if ``model`` is the guarded model or a proxy of it."""
    return bool(model._meta.concrete_model is guarded)
