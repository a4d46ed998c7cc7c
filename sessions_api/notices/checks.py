"""System checks for what notices need."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core import checks
from django.urls import NoReverseMatch, reverse

from sessions_api.accounts.mail import NEW_PASSWORD_PAGE, mail_field, site_sends_mail
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import SETTINGS_NAME, ApiSettings, api_settings
from sessions_api.notices.services.links import PAGE
from sessions_api.services.notices import NoticeKind

SMTP = "django.core.mail.backends.smtp.EmailBackend"
SITE = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?(/[\w.~/-]*)?", re.IGNORECASE)
NONE_SENT = "No notices are sent"
NONE_WANTED = f"{SETTINGS_NAME}['NOTICES'] = () turns them off, and this warning."


@checks.register("notices")
def check_notices(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: ``NOTICES`` names a kind that does not exist. E002: ``SITE_URL`` is not the URL of a
    site. E003: the page behind the links in notices is not mounted.

    W001: the project sends no mail, so no notices are sent. W002: ``SITE_URL`` is missing, so no
    notices are sent. W003: the user model has no email field, so no notices are sent. W004: there
    is no page for a new password, so owners who secure their account depend on staff. W005: the
    mail server has no timeout.
    """
    if not fits_settings():
        return []
    given = api_settings()
    errors = [checks.Error(text, id=f"notices.{number}") for number, text in _errors(given)]
    if errors or not given.NOTICES:
        return [*errors]
    if obstacle := _obstacle(given):
        number, why = obstacle
        text = f"{NONE_SENT}: {why}"
        return [checks.Warning(text, hint=NONE_WANTED, id=f"notices.{number}")]
    if not _is_mounted(PAGE):
        text = "The page behind the links in notices is not mounted."
        hint = "Add path('account/', include('sessions_api.notices.urls')) to your URLs."
        return [checks.Error(text, hint=hint, id="notices.E003")]
    return list(_advice())


def _errors(given: ApiSettings) -> Iterator[tuple[str, str]]:
    if unknown := sorted(set(given.NOTICES) - set(NoticeKind)):
        known = ", ".join(NoticeKind)
        yield "E001", f"NOTICES names {', '.join(map(repr, unknown))}. The kinds are {known}."
    if given.SITE_URL and not _is_site(given.SITE_URL):
        text = f"SITE_URL is {given.SITE_URL!r}: it must be the URL under which people reach the"
        yield "E002", f"{text} site, such as https://example.com."


def _obstacle(given: ApiSettings) -> tuple[str, str] | None:
    """Return the number and the sentence of why no notice is sent, if that is so."""
    if not site_sends_mail():
        return "W001", "the settings name no mail server."
    if not given.SITE_URL:
        return "W002", f"{SETTINGS_NAME}['SITE_URL'] does not say where their links lead to."
    if mail_field() is None:
        return "W003", "the user model has no email field."
    return None


def _advice() -> Iterator[checks.CheckMessage]:
    if not _is_mounted(NEW_PASSWORD_PAGE, "uid", "token"):
        text = "Owners who secure their account by a notice get no link for a new password"
        yield checks.Warning(f"{text}: no URL is named {NEW_PASSWORD_PAGE!r}.", id="notices.W004")
    if _lacks_timeout():
        yield checks.Warning(
            "A mail server that does not answer would hold up all notices: it has no timeout.",
            hint="Set EMAIL_TIMEOUT, or from Django 6.1 on the option 'timeout' in MAILERS.",
            id="notices.W005",
        )


def _is_site(text: str) -> bool:
    """Return whether a text is an http(s) URL of nothing but host, port and prefix."""
    try:
        urlsplit(text).port  # noqa: B018 - raises if there is no such port
    except ValueError:
        return False
    return SITE.fullmatch(text) is not None


def _is_mounted(name: str, *args: str) -> bool:
    if not getattr(settings, "ROOT_URLCONF", None):
        return False
    try:
        reverse(name, args=args)
    except NoReverseMatch:
        return False
    return True


def _lacks_timeout() -> bool:
    mailers = getattr(settings, "MAILERS", None) if django.VERSION >= (6, 1) else None
    if mailers is not None:
        mailer = mailers["default"]
        is_smtp = mailer.get("BACKEND", SMTP) == SMTP
        return is_smtp and not mailer.get("OPTIONS", {}).get("timeout")
    return settings.EMAIL_BACKEND == SMTP and not settings.EMAIL_TIMEOUT
