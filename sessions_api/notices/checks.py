"""System checks of the settings and pages that notices need."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core import checks
from django.urls import NoReverseMatch, reverse

from killswitches.checks import add_to
from sessions_api.accounts.mail import NEW_PASSWORD_PAGE, mail_field, site_sends_mail
from sessions_api.checks.mail import PAGES as NEW_PASSWORD_PAGES
from sessions_api.checks.messages import set_to
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import ApiSettings, api_settings
from sessions_api.notices.services.links import PAGE
from sessions_api.services.notices import KINDS, are_wanted

TIMEOUT = "EMAIL_TIMEOUT = 10"
OPTION = 'MAILERS["default"].setdefault("OPTIONS", {})["timeout"] = 10'
SMTP = "django.core.mail.backends.smtp.EmailBackend"
SITE = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?(/[\w.~/-]*)?", re.IGNORECASE)
MOUNT = add_to(
    "urls.py",
    "from django.urls import include, path",
    "",
    'urlpatterns += [path("account/", include("sessions_api.notices.urls"))]',
)


@checks.register("notices")
def check_notices(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: ``NOTICES`` names a kind that does not exist. E002: ``SITE_URL`` is not the URL of a
    site. E003: the page behind the links in notices is not mounted.

    W001: the settings turn mail off, so no notices are sent. W002: ``SITE_URL`` is missing, so no
    notices are sent. W003: the user model has no email field, so no notices are sent. W004: there
    is no page for a new password, so owners who secure their account depend on staff. W005: the
    mail server has no timeout.
    """
    if not fits_settings():
        return []
    given = api_settings()
    errors = [checks.Error(text, id=f"notices.{number}") for number, text in _errors(given)]
    if errors or not are_wanted():
        return [*errors]
    if obstacle := _obstacle(given):
        return [obstacle]
    if not _is_mounted(PAGE):
        text = "The page behind the links in notices is not mounted."
        return [checks.Error(text, hint=MOUNT, id="notices.E003")]
    return list(_advice())


@checks.register("notices", deploy=True)
def check_encryption(**kwargs: object) -> list[checks.CheckMessage]:
    """W006: links in notices lead to a page without HTTPS."""
    if settings.DEBUG or not fits_settings() or not are_wanted():
        return []
    if not api_settings().SITE_URL.lower().startswith("http:"):
        return []
    text = "Links in notices begin with http://, so anybody who can read the traffic can use them."
    return [_warning("W006", text, set_to("SITE_URL", '"https://example.com"'))]


def _errors(given: ApiSettings) -> Iterator[tuple[str, str]]:
    if unknown := sorted(name for name in given.NOTICES or () if name not in KINDS):
        known = ", ".join(kind.value for kind in KINDS)
        yield "E001", f"NOTICES names {', '.join(map(repr, unknown))}. The kinds are {known}."
    if given.SITE_URL and not _is_site(given.SITE_URL):
        text = f"SITE_URL is {given.SITE_URL!r}: it must be the URL under which people reach the"
        yield "E002", f"{text} site, such as https://example.com."


def _obstacle(given: ApiSettings) -> checks.CheckMessage | None:
    """Return the warning that no notice is sent, if that is so."""
    if not site_sends_mail():
        text = "No notices are sent, because the settings turn mail off."
        hint = f"Name a mail server, or turn notices off as well.\n{set_to('NOTICES', '()')}"
        return _warning("W001", text, hint)
    if not given.SITE_URL:
        text = "No notices are sent, because no setting says where their links lead to."
        return _warning("W002", text, set_to("SITE_URL", '"https://example.com"'))
    if mail_field() is None:
        text = "No notices are sent, because the user model has no column for email addresses."
        return _warning("W003", text, set_to("NOTICES", "()"))
    return None


def _advice() -> Iterator[checks.CheckMessage]:
    if not _is_mounted(NEW_PASSWORD_PAGE, "uid", "token"):
        text = "Owners who secure their account by a notice get no link for a new password: it has"
        yield _warning("W004", f"{text} no page.", NEW_PASSWORD_PAGES)
    if line := _timeout():
        text = "A mail server that does not answer would hold up all notices: it has no timeout."
        yield _warning("W005", text, add_to("settings.py", line))


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


def _timeout() -> str | None:
    """Return the line that gives the mail server a timeout, or None if it has one."""
    mailers = getattr(settings, "MAILERS", None) if django.VERSION >= (6, 1) else None
    if mailers is None:
        lacks = settings.EMAIL_BACKEND == SMTP and not settings.EMAIL_TIMEOUT
        return TIMEOUT if lacks else None
    mailer = mailers["default"]
    lacks = mailer.get("BACKEND", SMTP) == SMTP and not mailer.get("OPTIONS", {}).get("timeout")
    return OPTION if lacks else None


def _warning(number: str, text: str, hint: str) -> checks.Warning:
    return checks.Warning(text, hint=hint, id=f"notices.{number}")
