"""What a reader does with a hint: pastes its lines into the file that it names."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.test import override_settings


def pasted(message: CheckMessage) -> override_settings:
    """The settings with the lines that the hint says to add to ``settings.py``.

    They run after those that are there, as at the end of the file.
    """
    found = re.search(r"^Add to settings\.py.*:\n(.*)", str(message.hint), re.DOTALL | re.MULTILINE)
    assert found, message.hint
    before = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    # The lists and dicts of the settings themselves must stay as they are.
    after: dict[str, Any] = {
        name: type(value)(value) if isinstance(value, list | dict) else value
        for name, value in before.items()
    }
    exec(found[1], after)  # noqa: S102
    return override_settings(
        **{
            name: value
            for name, value in after.items()
            if name.isupper() and name in dict.fromkeys([*re.findall(r"[A-Z_]{4,}", found[1])])
        }
    )
