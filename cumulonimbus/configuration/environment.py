"""Reading the environment for the settings: what is misspelt is refused, and named."""

from typing import Any, TypeAlias

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

#: Settings by their names, of which Django alone knows the types.
Settings: TypeAlias = dict[str, Any]


def flag(name: str, *, default: bool) -> bool:
    """A yes or no. Anything else is refused: a misspelt ``true`` must not switch limits off."""
    text = env.str(name, str(default)).strip().lower()
    if text not in {"true", "false", "1", "0", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return text in {"true", "1", "yes", "on"}


def count(name: str, *, default: int) -> int:
    text = env.str(name, str(default)).strip()
    if not (text.isascii() and text.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number, 0 or more, not {text!r}.")
    return int(text)


def texts(name: str) -> list[str]:
    """Comma-separated texts; empty ones count for nothing."""
    return [text.strip() for text in env.list(name, default=[]) if text.strip()]
