"""Typed access to environment variables. Invalid values raise errors that name the variable."""

from typing import Any, TypeAlias

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

#: Settings by name. Only Django knows their types.
Settings: TypeAlias = dict[str, Any]


def flag(name: str, *, default: bool) -> bool:
    """Return a boolean variable.

    :raises ImproperlyConfigured: the value is not a known word for yes or no: a misspelt ``true``
        must not turn limits off.
    """
    text = env.str(name, str(default)).strip().lower()
    if text not in {"true", "false", "1", "0", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return text in {"true", "1", "yes", "on"}


def count(name: str, *, default: int) -> int:
    """Return a variable that is a non-negative integer.

    :raises ImproperlyConfigured: the value is anything else.
    """
    text = env.str(name, str(default)).strip()
    if not (text.isascii() and text.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number, 0 or more, not {text!r}.")
    return int(text)


def texts(name: str) -> list[str]:
    """Return the items of a comma-separated variable, without empty ones."""
    return [text.strip() for text in env.list(name, default=[]) if text.strip()]
