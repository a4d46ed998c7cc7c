"""System checks for the settings of second factors."""

from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings
from django.core import checks

from killswitches.checks import add_to
from sessions_api.checks.messages import setting
from sessions_api.checks.settings import check_settings
from sessions_api.conf import SETTINGS_NAME, api_settings

LOCALHOST = "localhost"


@checks.register("second_factors")
def check_second_factors(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: the app of django-otp is not installed. E002: one of ``ENCRYPTION_KEYS`` is not a
    Fernet key.

    E003: one of ``WEBAUTHN_ORIGINS`` is not an origin. E004: an origin is outside the domain of
    ``WEBAUTHN_RP_ID``.
    """
    if not _are_settings():
        return []
    errors: list[checks.CheckMessage] = []
    if not apps.is_installed("django_otp"):
        text = "sessions_api.second_factors requires django_otp in INSTALLED_APPS."
        line = 'INSTALLED_APPS += ["django_otp"]'
        errors.append(_error("E001", text, add_to("settings.py", line)))
    given = api_settings()
    for number, key in enumerate(given.ENCRYPTION_KEYS, start=1):
        if not _is_fernet_key(key):
            # Does not show the value: a key with a typo still reveals most of the key.
            text = f"Number {number} of {SETTINGS_NAME}['ENCRYPTION_KEYS'] is not a Fernet key."
            errors.append(_error("E002", text))
    for origin in given.WEBAUTHN_ORIGINS:
        host = _host_of_origin(origin)
        if host is None:
            text = f"{origin!r} of {SETTINGS_NAME}['WEBAUTHN_ORIGINS'] is not an origin."
            hint = (
                "An origin has no path: https://example.com or http://localhost:8000, for example."
            )
            errors.append(_error("E003", text, hint))
        elif host != given.WEBAUTHN_RP_ID and not host.endswith(f".{given.WEBAUTHN_RP_ID}"):
            text = f"{origin!r} is outside the domain of WEBAUTHN_RP_ID, {given.WEBAUTHN_RP_ID!r}."
            errors.append(_error("E004", text, "Browsers refuse WebAuthn on such pages."))
    return errors


@checks.register("second_factors", deploy=True)
def check_domain(**kwargs: object) -> list[checks.CheckMessage]:
    """W001: passkeys would be created for ``localhost`` although ``DEBUG`` is off."""
    if settings.DEBUG or not _are_settings() or api_settings().WEBAUTHN_RP_ID != LOCALHOST:
        return []
    text = f"{SETTINGS_NAME}['WEBAUTHN_RP_ID'] is {LOCALHOST!r}, so no other host can use"
    return [
        checks.Warning(
            f"{text} passkeys and security keys.",
            hint=add_to(
                "settings.py, with the domain of your pages: keys enrolled for another do not work",
                setting("WEBAUTHN_RP_ID", '"example.com"'),
                f'{SETTINGS_NAME}["WEBAUTHN_ORIGINS"] = ["https://example.com"]',
            ),
            id="second_factors.W001",
        )
    ]


def _are_settings() -> bool:
    """Return whether the settings are known and of the right types, so that they can be checked."""
    return not {"sessions_api.E001", "sessions_api.E002"} & {
        message.id for message in check_settings()
    }


def _error(number: str, text: str, hint: str | None = None) -> checks.Error:
    return checks.Error(text, hint=hint, id=f"second_factors.{number}")


def _is_fernet_key(text: str) -> bool:
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def _host_of_origin(text: str) -> str | None:
    """Return the host of an origin in the form that browsers send (RFC 6454), or None."""
    try:
        parts = urlsplit(text)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return parts.hostname if text == f"{parts.scheme}://{parts.hostname}{port}" else None
