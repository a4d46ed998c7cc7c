"""System checks of how accounts are found."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks

from sessions_api.accounts.lookup import email_field, indexed_folding
from sessions_api.conf import SETTINGS_NAME


@checks.register("sessions_api")
def check_login_names(**kwargs: object) -> list[checks.CheckMessage]:
    """W011: no index finds login names or email addresses in another case, so logins do not."""
    # Not by way of ApiSettings, which fails where another check names an unknown setting.
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
        f"{label}.{name} is found at a login only as it is written, because no index finds it in "
        "another case."
    )
    hint = (
        f"Add to the constraints of the model: "
        f'UniqueConstraint(Upper("{name}"), name="{table}_{name}_unique"); or, where values may '
        f'differ in case alone, to its indexes: Index(Upper("{name}"), name="{table}_{name}_upper")'
        f". {SETTINGS_NAME}['CASE_INSENSITIVE_LOGIN_SCAN'] has each login read the whole table."
    )
    return checks.Warning(text, hint=hint, id="sessions_api.W011")
