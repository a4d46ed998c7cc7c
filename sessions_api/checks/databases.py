"""System checks of the database routers, and of a database with several servers."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Model

from killswitches.models import KillSwitch
from sessions_api.checks.messages import error, warning
from sessions_api.models import AuditEvent

#: Values of libpq's ``target_session_attrs`` with which only a primary is used.
_WRITABLE = frozenset({"read-write", "primary"})


@checks.register("sessions_api")
def check_routers(**kwargs: object) -> list[checks.CheckMessage]:
    """E015: a database router keeps sessions, accounts or kill switches outside of
    ``default``, or reads them there.

    Each request reads all three in one statement, and what changes them is one transaction. A
    replica may still have a session that was ended, and nothing can be deleted there. Only the
    audit log may be read from one.
    """
    elsewhere = {
        model._meta.label: alias
        for model in _models()
        for alias in (router.db_for_write(model), _read_from(model))
        if alias != DEFAULT_DB_ALIAS
    }
    if not elsewhere:
        return []
    named = ", ".join(f"{label} in {alias!r}" for label, alias in sorted(elsewhere.items()))
    text = (
        f"DATABASE_ROUTERS keeps {named}, but sessions, accounts and kill switches must be kept "
        f"and read in {DEFAULT_DB_ALIAS!r}, where one statement reads them all."
    )
    hint = (
        f"Let db_for_write() and db_for_read() of the routers return {DEFAULT_DB_ALIAS!r} or None "
        "for them. For audit events, db_for_read() may return a replica."
    )
    return [error("E015", text, hint)]


@checks.register("sessions_api")
def check_servers(**kwargs: object) -> list[checks.CheckMessage]:
    """W060: the database has several servers, and a standby among them may be used.

    A standby that lags behind still has sessions that were ended, so their tokens would be
    accepted.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    config, options = connection.settings_dict, connection.settings_dict["OPTIONS"]
    hosts = config["HOST"] or options.get("host") or options.get("hostaddr") or ""
    attributes = options.get("target_session_attrs", "any")
    if connection.vendor != "postgresql" or not may_use_standby(hosts, attributes):
        return []
    text = (
        "The database has several servers, of which the first that responds is used, even if it "
        "is a standby that still has sessions that were ended."
    )
    hint = (
        "Append ?target_session_attrs=read-write to DATABASE_URL, or set it in OPTIONS of "
        f"DATABASES[{DEFAULT_DB_ALIAS!r}]."
    )
    return [warning("W060", text, hint)]


def _read_from(model: type[Model]) -> str:
    return DEFAULT_DB_ALIAS if model is AuditEvent else router.db_for_read(model)


def may_use_standby(hosts: str, attributes: str) -> bool:
    """Return whether libpq may use a standby.

    :param hosts: the servers, separated by commas.
    :param attributes: libpq's ``target_session_attrs``.
    """
    return "," in hosts and attributes not in _WRITABLE


def _models() -> Iterator[type[Model]]:
    """Yield the models of accounts, of this app and its plug-ins, and of the kill switches."""
    yield get_user_model()
    for name in ("sessions_api", KillSwitch._meta.app_label):
        yield from apps.get_app_config(name).get_models()
    for plug_in in apps.get_app_configs():
        if plug_in.name.startswith("sessions_api."):
            yield from plug_in.get_models()
