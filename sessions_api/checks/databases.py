"""A system check of the database routers."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, router
from django.db.models import Model

from killswitches.models import KillSwitch
from sessions_api.checks.messages import error


@checks.register("sessions_api")
def check_routers(**kwargs: object) -> list[checks.CheckMessage]:
    """E015: a database router keeps sessions, accounts or kill switches outside of
    ``default``.

    Each request reads all three in one statement, and what changes them is one transaction.
    """
    elsewhere = {
        model._meta.label: alias
        for model in _models()
        if (alias := router.db_for_write(model)) != DEFAULT_DB_ALIAS
    }
    if not elsewhere:
        return []
    named = ", ".join(f"{label} in {alias!r}" for label, alias in sorted(elsewhere.items()))
    text = (
        f"DATABASE_ROUTERS keeps {named}, but sessions, accounts and kill switches must be kept "
        f"in {DEFAULT_DB_ALIAS!r}, where one statement reads them all."
    )
    hint = (
        f"Let db_for_write() of the routers return {DEFAULT_DB_ALIAS!r} or None for them. "
        "db_for_read() may return a replica."
    )
    return [error("E015", text, hint)]


def _models() -> Iterator[type[Model]]:
    """Yield the models of accounts, of this app and its plug-ins, and of the kill switches."""
    yield get_user_model()
    for name in ("sessions_api", KillSwitch._meta.app_label):
        yield from apps.get_app_config(name).get_models()
    for plug_in in apps.get_app_configs():
        if plug_in.name.startswith("sessions_api."):
            yield from plug_in.get_models()
