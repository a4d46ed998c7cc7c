"""Devices in words."""

from django.utils.translation import gettext


def device_in_words(browser: str, version: str, system: str, system_version: str) -> str:
    """Return browser and operating system with their versions, as far as known."""
    client = f"{browser} {version}".strip()
    runs_on = f"{system} {system_version}".strip()
    if client and runs_on:
        return gettext("%(browser)s on %(system)s") % {"browser": client, "system": runs_on}
    return client or runs_on
