"""System checks of how accounts are rendered and listed."""

from collections.abc import Sequence

from django.contrib.auth import get_user_model
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models import IntegerField, Model

from sessions_api.checks.adapter import has_adapter
from sessions_api.checks.messages import in_meta, name_of_index
from sessions_api.checks.settings import fits_settings
from sessions_api.users.rendering import account_renderer


@checks.register("sessions_api")
def check_accounts(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: the adapter's ``account_renderer`` is no subclass of ``AccountRenderer``.

    W001: each page of the list of accounts sorts all of them, because no index has the order.
    I001: accounts are listed by key, because the user model has no time of creation.
    """
    if not (fits_settings() and has_adapter()):
        return []
    try:
        renderer = account_renderer()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="sessions_api_users.E001")]
    return order_problems(get_user_model(), renderer.newest_first())


def order_problems(model: type[Model], order: Sequence[str]) -> list[checks.CheckMessage]:
    """Return what is wrong with listing the rows of a model in an order."""
    first, options = order[0].removeprefix("-"), model._meta
    if first == "pk":
        if isinstance(options.pk, IntegerField):
            return []
        text = f"Accounts are listed by key, because {options.label} has no time of creation."
        hint = "Subclass AccountRenderer: created_names, or newest_first()."
        return [checks.Info(text, hint=hint, id="sessions_api_users.I001")]
    if _is_indexed(model, first):
        return []
    text = f"Each page of the list of accounts sorts all of them by {options.label}.{first}."
    name = name_of_index(model, first)
    hint = in_meta(model, f'indexes = [models.Index(fields=["{first}"], name="{name}")]')
    return [checks.Warning(text, hint=hint, id="sessions_api_users.W001")]


def _is_indexed(model: type[Model], name: str) -> bool:
    """Return whether an index of the model begins with a field."""
    field = model._meta.get_field(name)
    if getattr(field, "db_index", False) or getattr(field, "unique", False):
        return True
    leading = (one.fields[0] for one in model._meta.indexes if one.fields and not one.condition)
    return any(one.removeprefix("-") == name for one in leading)
