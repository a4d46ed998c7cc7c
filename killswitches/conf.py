"""The setting ``KILLSWITCHES``, a mapping."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.conf import settings

SETTING = "KILLSWITCHES"

Value = TypeVar("Value")


def option(name: str, default: Value) -> Value:
    """Return an entry of the setting as it stands, unchecked.

    :param name: its key, such as ``OVERRIDE``.
    :param default: what is returned without the entry, or without the setting.
    """
    given: Mapping[str, Value] = getattr(settings, SETTING, {})
    return given.get(name, default)


def names_in(value: str | Iterable[str]) -> list[str]:
    """Return the names of switches, in upper case, known or not.

    :param value: names, or a text in which commas or white space separate them.
    """
    text = value if isinstance(value, str) else ",".join(value)
    return re.findall(r"[^\s,]+", text.upper())
