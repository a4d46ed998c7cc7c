"""System checks of the user model, and of how accounts are looked up."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import checks

from killswitches.checks import add_to
from sessions_api.accounts.lookup import email_field, indexed_folding
from sessions_api.checks.messages import error, in_meta, name_of_index, setting, warning
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings


@checks.register("sessions_api")
def check_user_model(**kwargs: object) -> list[checks.CheckMessage]:
    """E014: the user model has no password, or is no ``AbstractBaseUser``.

    W016: it has no column ``is_active``, so that nobody can be banned.
    """
    label = get_user_model()._meta.label
    if not _has_passwords():
        lines = (
            "from django.contrib.auth.models import AbstractBaseUser",
            "",
            f"class {get_user_model().__name__}(AbstractBaseUser): ...",
        )
        text = f"Nobody can log in: {label} has no password, as AbstractBaseUser has."
        return [error("E014", text, add_to("models.py", *lines))]
    if "is_active" not in _columns():
        text = f"Nobody can be banned: {label} has no field is_active."
        line = "    is_active = models.BooleanField(default=True)"
        return [warning("W016", text, add_to(f"the class {label} in models.py", line))]
    return []


@checks.register("sessions_api")
def check_login_names(**kwargs: object) -> list[checks.CheckMessage]:
    """W011: logins distinguish case, because no index ignores the case of names or addresses."""
    if not (_has_passwords() and fits_settings()) or api_settings().CASE_INSENSITIVE_LOGIN_SCAN:
        return []
    names = dict.fromkeys(filter(None, [get_user_model().USERNAME_FIELD, email_field()]))
    return [_warning(name) for name in names if not _ignores_case(name)]


def _ignores_case(name: str) -> bool:
    field: Any = get_user_model()._meta.get_field(name)
    by_column = getattr(field, "db_collation", None) or field.get_internal_type().startswith("CI")
    return bool(by_column or indexed_folding(name))


def _columns() -> set[str]:
    return {field.name for field in get_user_model()._meta.concrete_fields}


def _has_passwords() -> bool:
    return issubclass(get_user_model(), AbstractBaseUser) and "password" in _columns()


def _warning(name: str) -> checks.Warning:
    model = get_user_model()
    text = (
        f"Logins match {model._meta.label}.{name} in its exact case only, because no index "
        "supports matching in any case."
    )
    return warning("W011", text, _hint(name))


def _hint(name: str) -> str:
    """Return the index to add or, for a user model of Django's, how to do without."""
    model = get_user_model()
    if model.__module__.startswith("django."):
        return add_to(
            "settings.py, if logins may distinguish case",
            'SILENCED_SYSTEM_CHECKS = ["sessions_api.W011"]',
            f"# or {setting('CASE_INSENSITIVE_LOGIN_SCAN', 'True')}: each login scans the table",
        )
    is_unique = getattr(model._meta.get_field(name), "unique", False)
    kind, end = ("UniqueConstraint", "unique") if is_unique else ("Index", "upper")
    index = f'models.{kind}(Upper("{name}"), name="{name_of_index(model, name, end)}")'
    return in_meta(
        model,
        "# from django.db.models.functions import Upper",
        f"{'constraints' if is_unique else 'indexes'} = [{index}]",
    )
