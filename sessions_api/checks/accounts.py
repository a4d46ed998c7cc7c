"""A system check of how accounts are looked up."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks

from sessions_api.accounts.lookup import email_field, indexed_folding
from sessions_api.conf import SETTINGS_NAME


@checks.register("sessions_api")
def check_login_names(**kwargs: object) -> list[checks.CheckMessage]:
    """W011: logins distinguish case, because no index ignores the case of names or addresses."""
    # Not ApiSettings: it raises for an unknown setting, which another check reports.
    if getattr(settings, SETTINGS_NAME, {}).get("CASE_INSENSITIVE_LOGIN_SCAN", False):
        return []
    names = dict.fromkeys(filter(None, [get_user_model().USERNAME_FIELD, email_field()]))
    return [_warning(name) for name in names if not _ignores_case(name)]


def _ignores_case(name: str) -> bool:
    field: Any = get_user_model()._meta.get_field(name)
    by_column = getattr(field, "db_collation", None) or field.get_internal_type().startswith("CI")
    return bool(by_column or indexed_folding(name))


def _warning(name: str) -> checks.Warning:
    label = get_user_model()._meta.label
    table = get_user_model()._meta.db_table
    text = (
        f"Logins match {label}.{name} in its exact case only, because no index supports matching "
        "in any case."
    )
    hint = (
        f"Add to the model's constraints: "
        f'UniqueConstraint(Upper("{name}"), name="{table}_{name}_unique"); or, if values may '
        f'differ only in case, to its indexes: Index(Upper("{name}"), name="{table}_{name}_upper")'
        f". With {SETTINGS_NAME}['CASE_INSENSITIVE_LOGIN_SCAN'] each login scans the whole table."
    )
    return checks.Warning(text, hint=hint, id="sessions_api.W011")
