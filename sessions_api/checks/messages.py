"""Messages of system checks: their levels, and hints with the lines to add."""

from django.conf import settings
from django.core import checks
from django.db.models import Model

from killswitches.checks import add_to
from sessions_api.conf import SETTINGS_NAME, in_development


def error(number: str, text: str, hint: str | None = None) -> checks.Error:
    """Return an error of this app.

    :param number: the end of its id, such as ``E003``.
    """
    return checks.Error(text, hint=hint, id=f"sessions_api.{number}")


def warning(number: str, text: str, hint: str | None = None) -> checks.Warning:
    """Return a warning of this app."""
    return checks.Warning(text, hint=hint, id=f"sessions_api.{number}")


def missing(number: str, text: str, hint: str | None = None) -> checks.CheckMessage:
    """Return an error about what a project lacks for production. In development it is a warning.

    :param number: the digits of its id; the letter is ``E`` or ``W``.
    """
    return (
        warning(f"W{number}", text, hint) if in_development() else error(f"E{number}", text, hint)
    )


def in_meta(model: type[Model], *lines: str) -> str:
    """Return a hint with lines for the class ``Meta`` of a model."""
    return add_to(f"models.py, in the class Meta of {model.__name__}", *lines)


def name_of_index(model: type[Model], *words: str) -> str:
    """Return a name for an index, which may have 30 characters and begins with a letter."""
    return "_".join([str(model._meta.model_name), *words])[-30:].lstrip("_0123456789")


def set_to(name: str, value: str) -> str:
    """Return a hint that sets one of the app's settings and keeps the others.

    :param value: the value as it is written in a settings file.
    """
    return add_to("settings.py", setting(name, value))


def setting(name: str, value: str) -> str:
    """Return the line of :func:`set_to`."""
    if getattr(settings, SETTINGS_NAME, None):
        return f'{SETTINGS_NAME}["{name}"] = {value}'
    return f'{SETTINGS_NAME} = {{"{name}": {value}}}'
